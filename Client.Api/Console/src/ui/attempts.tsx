import { Badge, Text } from '@mantine/core';
import type { Attempt } from '../api/types';
import { Empty, Time, toneOf } from './basics';
import { duration } from './format';

/** What became of each attempt to deliver a message, in order. */
export function Attempts({ attempts }: { attempts: Attempt[] }) {
  if (attempts.length === 0) return <Empty title="Not sent yet">Its attempts will be listed here.</Empty>;
  return (
    <ol className="timeline">
      {attempts.map(attempt => (
        <li key={`${attempt.generation}.${attempt.number}`}>
          <span className="dot" style={{ background: toneOf(attempt.outcome === 'delivered' ? 'delivered' : 'failed') }} />
          <Text size="sm" fw={550}>
            {attempt.generation > 0 && `Replay ${attempt.generation}, `}attempt {attempt.number}: {attempt.outcome === 'delivered' ? 'delivered' : (attempt.errorType ?? 'failed')}
            {attempt.statusCode !== null && ` (${attempt.statusCode})`}
          </Text>
          {attempt.error && <Text size="sm">{attempt.error}</Text>}
          <Text size="xs" c="dimmed">
            <Time at={attempt.startedAt} />, took {duration(attempt.durationMs / 1_000)}
          </Text>
        </li>
      ))}
    </ol>
  );
}

/** The labels of a message or letter. */
export function Labels({ tags }: { tags: string[] }) {
  if (tags.length === 0) return '–';
  return tags.map(tag => (
    <Badge key={tag} variant="light" color="gray" mr={4} tt="none">
      {tag}
    </Badge>
  ));
}
