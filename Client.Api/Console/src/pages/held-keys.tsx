import { Button, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, type Schemas } from '../api/client';
import { Allowed } from '../ui/access';
import { Card, Id, Loaded, Time } from '../ui/basics';
import { useAct } from '../ui/dialogs';
import { plural } from '../ui/format';

type Lane = Schemas['LaneView'];

const shown = 20;

function One({ lane }: { lane: Lane }) {
  const act = useAct();
  const queries = useQueryClient();
  const head = lane.headMessageId ?? '';
  const behind = lane.length - 1;
  const skip = () =>
    act({
      title: `Go on past the dead letter of ${lane.orderingKey}?`,
      about: `${plural(behind, 'message')} of ${lane.target} ${behind === 1 ? 'is' : 'are'} sent without waiting for it. The letter stays, and may be replayed later, out of order.`,
      verb: 'Go on past it',
      danger: true,
      run: async reason => {
        await api.post('/api/ordering/lane/skip', { query: { target: lane.target, orderingKey: lane.orderingKey }, body: { messageId: head, reason } });
        await queries.invalidateQueries({ queryKey: ['lanes'] });
      },
    });
  return (
    <li className="held">
      <Text size="sm" component="div" style={{ flex: '1 1 200px', minWidth: 0, overflowWrap: 'anywhere' }}>
        <b>{lane.orderingKey}</b> <Text span c="dimmed">to {lane.target}</Text>
      </Text>
      <Text size="sm" component="div" className="numbers">
        {plural(behind, 'message')} behind <Id id={head} href={`/dead-letters/${head}`} />
        {lane.blockedSince && (
          <Text span c="dimmed">
            , <Time at={lane.blockedSince} />
          </Text>
        )}
      </Text>
      <Allowed role="operate">
        <Button size="compact-sm" variant="default" aria-label={`Go on past it, the dead letter of ${lane.orderingKey}`} onClick={skip}>
          Go on past it
        </Button>
      </Allowed>
    </li>
  );
}

/** Ordering keys that wait for an operator: their dead letters hold up what came later. */
export function HeldKeys({ keys, messages }: { keys: number; messages: number }) {
  const query = useQuery({ queryKey: ['lanes', keys, messages], queryFn: ({ signal }) => api.get('/api/ordering/lanes', { query: { blocked: true, pageSize: shown }, signal }), refetchInterval: 5_000, placeholderData: before => before });
  return (
    <Card title={`${plural(keys, 'ordering key is', 'ordering keys are')} held up by a dead letter`}>
      <Text size="sm" c="dimmed">
        {plural(messages, 'message waits', 'messages wait')} behind it, until the letter is replayed, mended or discarded, or somebody goes on past it.
      </Text>
      <Loaded query={query} rows={2}>
        {page => (
          <ul className="held-keys">
            {page.data.map(lane => (
              <One key={`${lane.target} ${lane.orderingKey}`} lane={lane} />
            ))}
          </ul>
        )}
      </Loaded>
      {keys > shown && (
        <Text size="sm" c="dimmed">
          and {keys - shown} more
        </Text>
      )}
    </Card>
  );
}
