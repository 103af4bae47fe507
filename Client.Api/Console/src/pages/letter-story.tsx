import { Group, Stack, Text } from '@mantine/core';
import type { Letter } from '../api/types';
import { Empty, State, Time } from '../ui/basics';
import { Diff } from '../ui/json';
import { Timeline, type Happening } from '../ui/timeline';

type Moment = { at: string; what: string; by?: string | null; reason?: string | null; detail?: string | null; generation?: number };

const tones: Record<string, string> = {
  accepted: 'pending', deadLettered: 'failed', replayStarted: 'running', replayDelivered: 'delivered', replayFailed: 'failed', note: 'scheduled', discarded: 'cancelled', restored: 'pending', imported: 'pending',
};

const titles: Record<string, string> = {
  accepted: 'Accepted', attempt: 'Attempt', deadLettered: 'Dead-lettered', replayStarted: 'Replay started', replayDelivered: 'Replay delivered', replayFailed: 'Replay failed', note: 'Note', discarded: 'Discarded', restored: 'Restored', imported: 'Imported',
};

/** What happened, oldest first: as the service tells it, or put together from the letter. */
function story(letter: Letter): Moment[] {
  const told = (letter as { history?: Moment[] }).history;
  if (told) return told;
  return [
    { at: letter.originalMessage.acceptedAt, what: 'accepted', by: letter.metadata.source },
    { at: letter.createdAt, what: 'deadLettered', detail: letter.errorReason },
    ...letter.replayAttempts.flatMap(replay => [
      { at: replay.startedAt, what: 'replayStarted', by: replay.by ?? replay.trigger, reason: (replay as { reason?: string }).reason, detail: [replay.payload === null ? '' : 'edited', replay.target ? `sent to ${replay.target}` : ''].filter(Boolean).join(', ') },
      ...(replay.endedAt ? [{ at: replay.endedAt, what: replay.delivered ? 'replayDelivered' : 'replayFailed', detail: replay.error }] : []),
    ]),
  ].sort((a, b) => a.at.localeCompare(b.at));
}

function told(moment: Moment, index: number): Happening {
  const replay = (moment.generation ?? 0) > 0 && moment.what === 'attempt' ? ` of replay ${moment.generation}` : '';
  return {
    key: index,
    tone: tones[moment.what] ?? 'gray',
    title: (titles[moment.what] ?? moment.what) + replay,
    detail: moment.detail,
    reason: moment.reason,
    at: moment.at,
    aside: moment.by && `by ${moment.by}`,
  };
}

/** What happened to a letter, with who and why. */
export function Story({ letter }: { letter: Letter }) {
  return <Timeline happenings={story(letter).map(told)} />;
}

/** The replays of a letter, newest first, with what each changed. */
export function Replays({ letter }: { letter: Letter }) {
  if (letter.replayAttempts.length === 0) return <Empty title="Not replayed yet">Replays will be listed here, with what was changed.</Empty>;
  return (
    <Stack>
      {[...letter.replayAttempts].reverse().map(attempt => (
        <div key={attempt.generation}>
          <Group justify="space-between">
            <Text size="sm" fw={550}>
              Replay {attempt.generation}
              {attempt.target && `, to ${attempt.target}`}
            </Text>
            <Text size="sm" component="div">
              <State name={attempt.delivered === null ? 'running' : attempt.delivered ? 'delivered' : 'failed'} />
            </Text>
          </Group>
          <Text size="xs" c="dimmed" mb={6}>
            <Time at={attempt.startedAt} />, by {attempt.by ?? attempt.trigger}
          </Text>
          {attempt.error && <Text size="sm">{attempt.error}</Text>}
          {attempt.payload !== null && attempt.payload !== undefined && <Diff before={letter.originalMessage.payload ?? null} after={attempt.payload} />}
        </div>
      ))}
    </Stack>
  );
}
