import { Alert, Button, Grid, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconArrowBackUp, IconEdit, IconNote, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'wouter';
import { api, ApiError, send } from '../api/client';
import type { Letter as LetterOf } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, LetterState, Loaded, Page, Time, To, wordOf } from '../ui/basics';
import { useAct } from '../ui/dialogs';
import { plural } from '../ui/format';
import { JsonView } from '../ui/json';
import { Origin } from '../ui/origin';
import { Attempts } from '../ui/timeline';
import { Noted, ReplayEditor } from './letter-dialogs';
import { Replays, Story } from './letter-story';

function Facts({ letter }: { letter: LetterOf }) {
  const { metadata } = letter;
  return (
    <Card title="About it">
      <dl className="fields">
        <dt>Downstream</dt>
        <dd>
          <To href={`/dead-letters?target=${metadata.target}`}>{metadata.target}</To>
        </dd>
        <Origin
          source={metadata.source && <To href={`/dead-letters?source=${encodeURIComponent(metadata.source)}`}>{metadata.source}</To>}
          correlationId={metadata.correlationId}
          priority={metadata.priority}
          tags={metadata.tags}
        />
        {letter.originalMessage.orderingKey && (
          <>
            <dt>Ordering key</dt>
            <dd>{letter.originalMessage.orderingKey}</dd>
          </>
        )}
        <dt>Dead since</dt>
        <dd>
          <Time at={letter.createdAt} />
        </dd>
        <dt>Replays itself</dt>
        <dd>
          {letter.status === 'dlq_pending' && letter.strategy === 'conditional' ? (
            'once the breaker of its downstream has stayed closed'
          ) : letter.nextRetryAt ? (
            <>
              <Time at={letter.nextRetryAt} /> ({wordOf(letter.strategy).toLowerCase()})
            </>
          ) : letter.strategy === 'manual' ? (
            'never: a person decides'
          ) : (
            `not planned (${wordOf(letter.strategy).toLowerCase()})`
          )}
        </dd>
        <dt>Failed replays</dt>
        <dd>{letter.dlqRetryCount}</dd>
        <dt>Same kind</dt>
        <dd>
          <To href={`/dead-letters?fingerprint=${letter.fingerprint}`}>{letter.fingerprint}</To>
        </dd>
        {metadata.systemState && (
          <>
            <dt>Silo then</dt>
            <dd>
              {metadata.systemState.silo}, {metadata.systemState.cpuPercent} % CPU
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

export default function Letter() {
  const { id } = useParams<{ id: string }>();
  const [dialog, setDialog] = useState<'edit' | 'note' | null>(null);
  const act = useAct();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['letters', id],
    queryFn: ({ signal }) => api.get('/api/dlq/{id}', { path: { id }, signal }),
    refetchInterval: current => (current.state.data?.status === 'dlq_processing' ? 1_000 : 10_000),
  });
  const message = useQuery({ queryKey: ['message', id], queryFn: ({ signal }) => api.get('/api/messages/{id}', { path: { id }, signal }), retry: false });
  const letter = query.data;
  const busy = letter?.status === 'dlq_processing';
  const done = letter?.status === 'dlq_resolved';
  const discarded = letter?.resolution === 'discarded';
  const after = (run: Promise<unknown>) => run.then(() => queries.invalidateQueries({ queryKey: ['letters'] }));
  const replay = () =>
    act({
      title: 'Replay this letter?',
      about: 'One letter will be sent again now, as it was.',
      verb: 'Replay the letter',
      run: reason => after(api.post('/api/dlq/{id}/replay', { path: { id }, body: { reason } })),
    });
  const discard = () =>
    act({
      title: 'Discard this letter?',
      about: 'One letter will be settled without being delivered.',
      verb: 'Discard the letter',
      danger: true,
      run: reason => after(send('POST', `/api/dlq/${id}/discard`, { reason })),
    });
  const restore = () =>
    act({
      title: 'Take the discard back?',
      about: 'One letter will be dead again, for people to replay.',
      verb: 'Take it back',
      run: reason => after(api.post('/api/dlq/{id}/restore', { path: { id }, body: { reason } })),
    });
  if (query.error instanceof ApiError && query.error.kind === 'letter-not-found' && !letter) {
    return (
      <Page title="Dead letter">
        <Card>
          <Empty title="No such dead letter">
            The message may have been delivered, or the letter was removed. <To href={`/messages/${id}`}>Look for the message</To>
          </Empty>
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title="Dead letter"
      hint={<span style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{id}</span>}
      actions={
        letter && (
          <>
            <Allowed role="operate">
              <Button variant="default" leftSection={<IconNote size={16} />} onClick={() => setDialog('note')}>
                Note
              </Button>
            </Allowed>
            <Allowed role="operate">
              {discarded ? (
                <Button variant="default" leftSection={<IconArrowBackUp size={16} />} onClick={restore}>
                  Take back
                </Button>
              ) : (
                <Button variant="default" leftSection={<IconTrash size={16} />} onClick={discard} disabled={busy || done}>
                  Discard
                </Button>
              )}
            </Allowed>
            <Allowed role="operate">
              <Button variant="default" leftSection={<IconEdit size={16} />} onClick={() => setDialog('edit')} disabled={busy || done}>
                Edit and replay
              </Button>
            </Allowed>
            <Allowed role="operate">
              <Button leftSection={<IconPlayerPlay size={16} />} onClick={replay} disabled={busy || done}>
                Replay
              </Button>
            </Allowed>
          </>
        )
      }
    >
      <Loaded query={query}>
        {found => (
          <>
            <section className="card" style={{ padding: '18px 20px' }}>
              <Group justify="space-between" gap="sm" align="flex-start">
                <div style={{ minWidth: 0, flex: '1 1 220px' }}>
                  <Text size="sm" c="dimmed">
                    {found.errorType}
                  </Text>
                  <Text fw={600} fz="lg" style={{ overflowWrap: 'anywhere' }}>
                    {found.errorReason}
                  </Text>
                </div>
                <Text fw={550} component="div">
                  <LetterState letter={found} />
                </Text>
              </Group>
            </section>
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 7 }}>
                <section className="card" style={{ padding: '8px 20px 20px' }}>
                  <Tabs defaultValue="payload">
                    <Tabs.List mb="md">
                      <Tabs.Tab value="payload">Payload</Tabs.Tab>
                      <Tabs.Tab value="error">Error</Tabs.Tab>
                      <Tabs.Tab value="attempts">Attempts</Tabs.Tab>
                      <Tabs.Tab value="replays">Replays{found.replayAttempts.length ? ` (${found.replayAttempts.length})` : ''}</Tabs.Tab>
                    </Tabs.List>
                    <Tabs.Panel value="payload">
                      <JsonView value={found.originalMessage.payload ?? null} label="the payload" />
                    </Tabs.Panel>
                    <Tabs.Panel value="error">
                      <pre className="code" tabIndex={0} aria-label="The error">
                        {found.errorReason}
                        {found.errorStack ? `\n\n${found.errorStack}` : ''}
                      </pre>
                    </Tabs.Panel>
                    <Tabs.Panel value="attempts">
                      {message.data ? <Attempts attempts={message.data.attempts} /> : <Empty title="Forgotten">The message ended so long ago that its attempts are not kept any more.</Empty>}
                    </Tabs.Panel>
                    <Tabs.Panel value="replays">
                      <Replays letter={found} />
                    </Tabs.Panel>
                  </Tabs>
                </section>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Stack gap="md">
                  <Card title="What happened">
                    <Story letter={found} />
                  </Card>
                  <Facts letter={found} />
                </Stack>
              </Grid.Col>
            </Grid>
            {found.replayAttempts.length >= 3 && !done && (
              <Alert color="orange" variant="light">
                It has been replayed {plural(found.replayAttempts.length, 'time')} and failed again. Something about it or its downstream has to change first.
              </Alert>
            )}
            {dialog === 'edit' && <ReplayEditor letter={found} close={() => setDialog(null)} />}
            {dialog === 'note' && <Noted id={id} close={() => setDialog(null)} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}
