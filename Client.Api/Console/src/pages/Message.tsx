import { Button, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from 'wouter';
import { api, ApiError } from '../api/client';
import { Allowed } from '../ui/access';
import { Card, Empty, Loaded, Page, State, Time, To } from '../ui/basics';
import { useAct } from '../ui/dialogs';
import { Origin } from '../ui/origin';
import { Attempts } from '../ui/timeline';

const ended = ['delivered', 'deadLettered', 'cancelled', 'expired', 'suppressed'];

function Explain({ id }: { id: string }) {
  const why = useQuery({ queryKey: ['message', id, 'explain'], queryFn: ({ signal }) => api.get('/api/messages/{id}/explain', { path: { id }, signal }), refetchInterval: 2_000 });
  if (!why.data) return null;
  const { reasons, expectedAt } = why.data;
  return (
    <Card title="Why has it not been sent?">
      <ul className="reasons">
        {reasons.map(reason => (
          <li key={reason.code}>
            {reason.text}
            {reason.blockingMessageId && (
              <>
                {' '}
                <To href={`/messages/${reason.blockingMessageId}`}>See that message</To>
              </>
            )}
            {reason.expectedAt && (
              <Text span c="dimmed">
                {' '}
                Over <Time at={reason.expectedAt} />.
              </Text>
            )}
          </li>
        ))}
      </ul>
      <Text size="sm" c="dimmed">
        {expectedAt ? (
          <>
            Expected to be tried <Time at={expectedAt} />.
          </>
        ) : (
          'Nobody can know when it will be tried.'
        )}
      </Text>
    </Card>
  );
}

export default function Message() {
  const { id } = useParams<{ id: string }>();
  const queries = useQueryClient();
  const act = useAct();
  const query = useQuery({
    queryKey: ['message', id],
    queryFn: ({ signal }) => api.get('/api/messages/{id}', { path: { id }, signal }),
    refetchInterval: current => (current.state.data && ended.includes(current.state.data.state) ? 10_000 : 1_000),
  });
  const cancel = () =>
    act({
      title: 'Cancel this message?',
      about: 'One message will not be delivered. What is on its way now may still arrive.',
      verb: 'Cancel the message',
      danger: true,
      run: async reason => {
        await api.delete('/api/messages/{id}', { path: { id }, reason });
        await queries.invalidateQueries({ queryKey: ['message', id] });
      },
    });
  if (query.error instanceof ApiError && query.error.kind === 'message-not-found' && !query.data) {
    return (
      <Page title="Message">
        <Card>
          <Empty title="No such message">Nothing has the id {id}, or it ended so long ago that it is forgotten.</Empty>
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title="Message"
      hint={<span style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{id}</span>}
      actions={query.data && !ended.includes(query.data.state) ? <Allowed role="operate"><Button variant="default" onClick={cancel}>Cancel it</Button></Allowed> : null}
    >
      <Loaded query={query}>
        {message => (
          <>
            <Card>
              <Group justify="space-between">
                <Text fw={600} component="div">
                  <State name={message.state} />
                </Text>
                {message.state === 'deadLettered' && <To href={`/dead-letters/${id}`}>Open its dead letter</To>}
              </Group>
              <dl className="fields">
                <dt>Downstream</dt>
                <dd>{message.target}</dd>
                <dt>Accepted</dt>
                <dd>
                  <Time at={message.acceptedAt} />
                </dd>
                {message.nextAttemptAt && (
                  <>
                    <dt>Next attempt</dt>
                    <dd>
                      <Time at={message.nextAttemptAt} />
                    </dd>
                  </>
                )}
                {message.endedAt && (
                  <>
                    <dt>Ended</dt>
                    <dd>
                      <Time at={message.endedAt} />
                    </dd>
                  </>
                )}
                <Origin source={message.source} correlationId={message.correlationId} priority={message.priority} tags={message.tags} />
              </dl>
            </Card>
            {!ended.includes(message.state) && <Explain id={id} />}
            <Card title="Attempts">
              <Attempts attempts={message.attempts} />
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}
