import { Alert, Button, Grid, Group, JsonInput, Modal, Stack, Tabs, Text, TextInput, Textarea } from '@mantine/core';
import { IconEdit, IconNote, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, type FormEvent } from 'react';
import { useParams } from 'wouter';
import { api, ApiError, send } from '../api/client';
import type { Letter as LetterOf } from '../api/types';
import { Card, Empty, Loaded, Page, State, Time, To, toneOf, wordOf } from '../ui/basics';
import { Refusal, useAct } from '../ui/dialogs';
import { Diff, JsonView } from '../ui/json';
import { plural } from '../ui/format';
import { Attempts, Labels } from '../ui/attempts';

type Moment = { at: string; what: string; by?: string | null; reason?: string | null; detail?: string | null; generation?: number };

const tones: Record<string, string> = {
  accepted: 'pending', deadLettered: 'failed', replayStarted: 'running', replayDelivered: 'delivered', replayFailed: 'failed', note: 'scheduled', discarded: 'cancelled', restored: 'pending', imported: 'pending',
};

const titles: Record<string, string> = {
  accepted: 'Accepted', attempt: 'Attempt', deadLettered: 'Dead-lettered', replayStarted: 'Replay started', replayDelivered: 'Replay delivered', replayFailed: 'Replay failed', note: 'Note', discarded: 'Discarded', restored: 'Restored', imported: 'Imported',
};

/** What happened, oldest first: as the service tells it, or put together from the letter. */
function story(letter: LetterOf): Moment[] {
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

function Timeline({ letter }: { letter: LetterOf }) {
  return (
    <ol className="timeline">
      {story(letter).map((moment, index) => (
        <li key={index}>
          <span className="dot" style={{ background: toneOf(tones[moment.what] ?? 'gray') }} />
          <Text size="sm" fw={550}>
            {titles[moment.what] ?? moment.what}
            {(moment.generation ?? 0) > 0 && moment.what === 'attempt' && ` of replay ${moment.generation}`}
          </Text>
          {moment.detail && (
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {moment.detail}
            </Text>
          )}
          {moment.reason && <Text size="sm" fs="italic">“{moment.reason}”</Text>}
          <Text size="xs" c="dimmed">
            <Time at={moment.at} />
            {moment.by && `, by ${moment.by}`}
          </Text>
        </li>
      ))}
    </ol>
  );
}

function ReplayEditor({ letter, close }: { letter: LetterOf; close: () => void }) {
  const original = letter.originalMessage.payload ?? null;
  const [text, setText] = useState(() => JSON.stringify(original, null, 2));
  const [target, setTarget] = useState('');
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { value, broken } = useMemo(() => {
    try {
      return { value: JSON.parse(text) as unknown, broken: null };
    } catch (error) {
      return { value: null, broken: (error as Error).message };
    }
  }, [text]);
  const edited = !broken && JSON.stringify(value) !== JSON.stringify(original);
  const replay = useMutation({
    mutationFn: () =>
      api.post('/api/dlq/{id}/replay', {
        path: { id: letter.messageId },
        body: { ...(edited ? { payload: value } : {}), ...(target.trim() ? { target: target.trim() } : {}), reason: reason.trim() },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['letters'] });
      close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!broken) replay.mutate();
  };
  return (
    <Modal opened onClose={close} size="xl" title={<Text fw={600}>Edit and replay</Text>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack>
          <JsonInput label="Payload" value={text} onChange={setText} autosize minRows={6} maxRows={18} error={broken} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }} />
          {edited && (
            <div>
              <Text size="sm" fw={550} mb={6}>
                What changes
              </Text>
              <Diff before={original} after={value} />
            </div>
          )}
          <TextInput label="Send it to another downstream" placeholder={letter.metadata.target} value={target} onChange={event => setTarget(event.currentTarget.value)} />
          <Textarea label="Reason" description="It is kept with the act." required autosize minRows={2} maxLength={200} value={reason} onChange={event => setReason(event.currentTarget.value)} />
          <Text size="sm" c="dimmed">
            One letter is sent once, {edited ? 'with the edited payload' : 'as it was'}, to {target.trim() || letter.metadata.target}. The original is kept.
          </Text>
          <Refusal error={replay.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit" loading={replay.isPending} disabled={broken !== null || !reason.trim()}>
              Replay the letter
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Noted({ id, close }: { id: string; close: () => void }) {
  const [text, setText] = useState('');
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () => send('POST', `/api/dlq/${id}/notes`, { text: text.trim() }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['letters'] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={<Text fw={600}>Add a note</Text>} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack>
          <Textarea label="Note" required autosize minRows={3} maxLength={4000} value={text} onChange={event => setText(event.currentTarget.value)} data-autofocus />
          <Refusal error={add.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={add.isPending} disabled={!text.trim()}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Facts({ letter }: { letter: LetterOf }) {
  const { metadata } = letter;
  return (
    <Card title="About it">
      <dl className="fields">
        <dt>Downstream</dt>
        <dd>
          <To href={`/dead-letters?target=${metadata.target}`}>{metadata.target}</To>
        </dd>
        <dt>Source</dt>
        <dd>{metadata.source ? <To href={`/dead-letters?source=${encodeURIComponent(metadata.source)}`}>{metadata.source}</To> : '–'}</dd>
        <dt>Correlation id</dt>
        <dd>{metadata.correlationId ?? '–'}</dd>
        <dt>Priority</dt>
        <dd>{wordOf(metadata.priority)}</dd>
        <dt>Labels</dt>
        <dd>
          <Labels tags={metadata.tags} />
        </dd>
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
            <Button variant="default" leftSection={<IconNote size={16} />} onClick={() => setDialog('note')}>
              Note
            </Button>
            <Button variant="default" leftSection={<IconTrash size={16} />} onClick={discard} disabled={busy || done}>
              Discard
            </Button>
            <Button variant="default" leftSection={<IconEdit size={16} />} onClick={() => setDialog('edit')} disabled={busy || done}>
              Edit and replay
            </Button>
            <Button leftSection={<IconPlayerPlay size={16} />} onClick={replay} disabled={busy || done}>
              Replay
            </Button>
          </>
        )
      }
    >
      <Loaded query={query}>
        {found => (
          <>
            <section className="card" style={{ padding: '18px 20px' }}>
              <Group justify="space-between" gap="sm" align="flex-start">
                <div style={{ minWidth: 0, flex: 1 }}>
                  <Text size="sm" c="dimmed">
                    {found.errorType}
                  </Text>
                  <Text fw={600} fz="lg" style={{ overflowWrap: 'anywhere' }}>
                    {found.errorReason}
                  </Text>
                </div>
                <Text fw={550} component="div">
                  <State name={found.status} pulse={busy} />
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
                      {found.replayAttempts.length === 0 ? (
                        <Empty title="Not replayed yet">Replays will be listed here, with what was changed.</Empty>
                      ) : (
                        <Stack>
                          {[...found.replayAttempts].reverse().map(attempt => (
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
                              {attempt.payload !== null && attempt.payload !== undefined && <Diff before={found.originalMessage.payload ?? null} after={attempt.payload} />}
                            </div>
                          ))}
                        </Stack>
                      )}
                    </Tabs.Panel>
                  </Tabs>
                </section>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 5 }}>
                <Stack gap="md">
                  <Card title="What happened">
                    <Timeline letter={found} />
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
