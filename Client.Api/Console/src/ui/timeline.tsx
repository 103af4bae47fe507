import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Empty, Time, toneOf } from './basics';
import { duration } from './format';
import type { Attempt } from '../api/types';

/** Something that happened. */
export type Happening = { key: string | number; tone: string; title: ReactNode; detail?: ReactNode; reason?: string | null; at: string; aside?: ReactNode };

/** What happened, in order. */
export function Timeline({ happenings }: { happenings: Happening[] }) {
  return (
    <ol className="timeline">
      {happenings.map(({ key, tone, title, detail, reason, at, aside }) => (
        <li key={key}>
          <span className="dot" style={{ background: toneOf(tone) }} />
          <Text size="sm" fw={550}>
            {title}
          </Text>
          {detail && (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {detail}
            </Text>
          )}
          {reason && (
            <Text size="sm" fs="italic" style={{ overflowWrap: 'anywhere' }}>
              “{reason}”
            </Text>
          )}
          <Text size="xs" c="dimmed">
            <Time at={at} />
            {aside && <>, {aside}</>}
          </Text>
        </li>
      ))}
    </ol>
  );
}

function told(attempt: Attempt): Happening {
  const delivered = attempt.outcome === 'delivered';
  const replay = attempt.generation > 0 ? `Replay ${attempt.generation}, attempt` : 'Attempt';
  const status = attempt.statusCode === null ? '' : ` (${attempt.statusCode})`;
  return {
    key: `${attempt.generation}.${attempt.number}`,
    tone: delivered ? 'delivered' : 'failed',
    title: `${replay} ${attempt.number}: ${delivered ? 'delivered' : (attempt.errorType ?? 'failed')}${status}`,
    detail: attempt.error,
    at: attempt.startedAt,
    aside: `took ${duration(attempt.durationMs / 1_000)}`,
  };
}

/** What became of each attempt to deliver a message, in order. */
export function Attempts({ attempts }: { attempts: Attempt[] }) {
  return attempts.length === 0 ? <Empty title="Not sent yet">Its attempts will be listed here.</Empty> : <Timeline happenings={attempts.map(told)} />;
}
