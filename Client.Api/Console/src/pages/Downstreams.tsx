import { Alert, Badge, Button, Code, CopyButton, Group, JsonInput, Menu, Modal, NumberInput, Select, SimpleGrid, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Schemas } from '../api/client';
import { useLive } from '../api/live';
import type { Downstream } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, Loaded, Page, State, To } from '../ui/basics';
import { Refusal, useAct } from '../ui/dialogs';
import { count, duration, plural } from '../ui/format';

type Dialog = { kind: 'edit'; of: Downstream | null } | { kind: 'trial'; of: Downstream } | { kind: 'secret'; secret: string; name: string } | null;

function Editor({ of, close }: { of: Downstream | null; close: () => void }) {
  const [name, setName] = useState(of?.name ?? '');
  const [kind, setKind] = useState<string>(of?.kind ?? 'http');
  const [url, setUrl] = useState(of?.url ?? '');
  const [method, setMethod] = useState(of?.method ?? 'POST');
  const [timeoutMs, setTimeoutMs] = useState<number | string>(of?.timeoutMs ?? 10_000);
  const [maxConcurrency, setMaxConcurrency] = useState<number | string>(of?.maxConcurrency ?? 64);
  const [ratePerSecond, setRate] = useState<number | string>(of?.ratePerSecond ?? '');
  const [maxRetries, setMaxRetries] = useState<number | string>(of?.retry?.maxRetries ?? '');
  const [onDeadLetter, setOnDeadLetter] = useState<string>(of?.onDeadLetter ?? 'continue');
  const [certificate, setCertificate] = useState(of?.clientCertificate ?? '');
  const [headers, setHeaders] = useState(JSON.stringify(of?.headers ?? {}, null, 2));
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const { name: _, ...rest } = of ?? ({} as Partial<Downstream>);
      const retry = maxRetries === '' ? (of?.retry ?? null) : { ...of?.retry, maxRetries: Number(maxRetries) };
      const body = {
        ...rest, kind, url: kind === 'http' ? url.trim() : null, method, headers: JSON.parse(headers || '{}') as Record<string, string>, timeoutMs: Number(timeoutMs), maxConcurrency: Number(maxConcurrency),
        ratePerSecond: ratePerSecond === '' ? null : Number(ratePerSecond), retry, onDeadLetter, clientCertificate: kind === 'http' && certificate.trim() ? certificate.trim() : null,
      };
      return api.put('/api/downstreams/{name}', { path: { name: name.trim() }, body });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['downstreams'] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} size="lg" title={<Text fw={600}>{of ? `Change ${of.name}` : 'A new downstream'}</Text>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          {!of && <TextInput label="Name" description="Messages give it as their target." required pattern="[A-Za-z0-9._\-]{1,64}" value={name} onChange={event => setName(event.currentTarget.value)} data-autofocus />}
          <Select label="Kind" allowDeselect={false} value={kind} onChange={value => setKind(value ?? 'http')} data={[{ value: 'http', label: 'An HTTP endpoint' }, { value: 'simulated', label: 'Simulated, to play with' }]} />
          {kind === 'http' && (
            <>
              <SimpleGrid cols={{ base: 1, xs: 2 }}>
                <TextInput label="URL" type="url" required placeholder="https://shop.example/hooks" value={url} onChange={event => setUrl(event.currentTarget.value)} />
                <Select label="Method" allowDeselect={false} value={method} onChange={value => setMethod(value ?? 'POST')} data={['POST', 'PUT', 'PATCH']} />
              </SimpleGrid>
              <Textarea label="Client certificate" description="For servers that ask for one: PEM with the private key. Once set it is shown masked." autosize minRows={1} maxRows={6} value={certificate} onChange={event => setCertificate(event.currentTarget.value)} />
              <JsonInput label="Headers" description="Beside our own. Secret values are shown masked and stay what they are." value={headers} onChange={setHeaders} autosize minRows={2} validationError="This is not JSON." />
            </>
          )}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput label="Timeout in milliseconds" min={10} max={600_000} value={timeoutMs} onChange={setTimeoutMs} />
            <NumberInput label="At most at once" min={1} max={10_000} value={maxConcurrency} onChange={setMaxConcurrency} />
            <NumberInput label="At most a second" placeholder="No limit" min={0.001} max={1_000_000} value={ratePerSecond} onChange={setRate} />
            <NumberInput label="Retries" placeholder="As configured" min={0} max={100} value={maxRetries} onChange={setMaxRetries} />
          </SimpleGrid>
          <Select label="Behind a dead letter of their ordering key" allowDeselect={false} value={onDeadLetter} onChange={value => setOnDeadLetter(value ?? 'continue')} data={[{ value: 'continue', label: 'Later messages are sent' }, { value: 'block', label: 'Later messages wait until somebody acts' }]} />
          <Refusal error={save.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit" loading={save.isPending}>
              {of ? 'Save' : 'Create'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Trial({ of, close }: { of: Downstream; close: () => void }) {
  const [payload, setPayload] = useState('{\n  "trial": true\n}');
  const run = useMutation({ mutationFn: () => api.post('/api/downstreams/{name}/trial', { path: { name: of.name }, body: { payload: JSON.parse(payload) as unknown } }) });
  const answer: Schemas['TrialAnswer'] | undefined = run.data;
  return (
    <Modal opened onClose={close} title={<Text fw={600}>Try {of.name}</Text>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            One request is sent now, signed like any other. Nothing is stored or retried.
          </Text>
          <JsonInput label="Payload" value={payload} onChange={setPayload} autosize minRows={4} validationError="This is not JSON." />
          <Refusal error={run.error} />
          {answer && (
            <Alert color={answer.outcome === 'delivered' ? 'green' : 'red'} variant="light" title={answer.outcome === 'delivered' ? 'It took it.' : (answer.errorType ?? 'It failed.')} role="status">
              {answer.statusCode !== null && `HTTP ${answer.statusCode}, `}
              {duration(answer.durationMs / 1_000)}
              {answer.error && <div>{answer.error}</div>}
              {answer.detail && <pre className="code">{answer.detail}</pre>}
            </Alert>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Close
            </Button>
            <Button type="submit" loading={run.isPending}>
              Send
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function NewSecret({ name, secret, close }: { name: string; secret: string; close: () => void }) {
  return (
    <Modal opened onClose={close} title={<Text fw={600}>The new secret of {name}</Text>} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Text size="sm">It is shown this once. It signs from now on, beside the one before it, until the next rotation.</Text>
        <Code block>{secret}</Code>
        <Group justify="flex-end">
          <CopyButton value={secret}>{({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}</CopyButton>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Whether it is sent anything, and if not, why. */
function Sends({ downstream: { paused, secretsLocked } }: { downstream: Downstream }) {
  if (secretsLocked) return <State name="refused" word="Secrets lost" />;
  return <State name={paused ? 'paused' : 'done'} word={paused ? 'Paused' : 'Sending'} />;
}

function One({ downstream, open }: { downstream: Downstream; open: (dialog: Dialog) => void }) {
  const act = useAct();
  const queries = useQueryClient();
  const { name } = downstream;
  const done = () => queries.invalidateQueries({ queryKey: ['downstreams'] });
  const pause = (paused: boolean) =>
    act({
      title: paused ? `Pause ${name}?` : `Go on sending to ${name}?`,
      about: paused ? 'Messages to one downstream are accepted and not sent, until it is resumed.' : 'What waited for one downstream is sent.',
      verb: paused ? 'Pause' : 'Resume',
      run: reason => api.post(paused ? '/admin/delivery/pause' : '/admin/delivery/resume', { query: { name }, reason }).then(done),
    });
  const remove = () =>
    act({
      title: `Remove ${name}?`,
      about: 'One downstream is removed. Messages to it are refused; those that wait end as dead letters.',
      verb: 'Remove',
      danger: true,
      run: reason => api.delete('/api/downstreams/{name}', { path: { name }, body: { reason } }).then(done),
    });
  const rotate = () =>
    act({
      title: `A new secret for ${name}?`,
      about: `One more secret signs, and ${plural(Math.max(0, downstream.signingSecrets.length - 1), 'older one')} stops.`,
      verb: 'Make a new secret',
      run: async reason => {
        const { secret } = await api.post('/api/downstreams/{name}/rotate-secret', { path: { name }, reason });
        await done();
        open({ kind: 'secret', secret, name });
      },
    });
  return (
    <Card
      title={name}
      aside={
        <Group gap="xs" wrap="nowrap">
          {downstream.fromConfiguration && (
            <Badge variant="light" color="gray" tt="none">
              configured
            </Badge>
          )}
          <Text size="sm" component="div">
            <Sends downstream={downstream} />
          </Text>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="subtle" color="gray" size="compact-sm" aria-label={`More about ${name}`}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Allowed role="admin">
                <Menu.Item onClick={() => open({ kind: 'edit', of: downstream })}>Change</Menu.Item>
              </Allowed>
              <Allowed role="admin">
                <Menu.Item onClick={rotate}>New secret</Menu.Item>
              </Allowed>
              <Allowed role="operate">
                <Menu.Item disabled={downstream.secretsLocked} onClick={() => pause(!downstream.paused)}>
                  {downstream.paused ? 'Resume' : 'Pause'}
                </Menu.Item>
              </Allowed>
              <Allowed role="admin">
                <Menu.Item color="red" disabled={downstream.fromConfiguration} onClick={remove}>
                  Remove
                </Menu.Item>
              </Allowed>
            </Menu.Dropdown>
          </Menu>
        </Group>
      }
    >
      {downstream.secretsLocked && (
        <Text size="sm" mb="xs">
          Nothing is sent: the keys that sealed its secrets are lost. Change it and give its secrets anew.
        </Text>
      )}
      <dl className="fields">
        <dt>Where</dt>
        <dd>{downstream.kind === 'http' ? `${downstream.method} ${downstream.url}` : 'simulated'}</dd>
        <dt>Limits</dt>
        <dd className="numbers">
          {count(downstream.maxConcurrency)} at once, {downstream.ratePerSecond === null ? 'no rate limit' : `${downstream.ratePerSecond} a second`}, {duration(downstream.timeoutMs / 1_000)} each
        </dd>
        {downstream.onDeadLetter === 'block' && (
          <>
            <dt>Order</dt>
            <dd>is kept: messages wait behind a dead letter of their ordering key</dd>
          </>
        )}
        <dt>Signed</dt>
        <dd>{downstream.signingSecrets.length ? `with ${plural(downstream.signingSecrets.length, 'secret')} (${downstream.signingSecrets.join(', ')})` : 'no'}</dd>
      </dl>
      <Group gap="xs">
        <Allowed role="admin">
          <Button size="xs" variant="default" onClick={() => open({ kind: 'trial', of: downstream })}>
            Try it
          </Button>
        </Allowed>
        <Text size="sm">
          <To href={`/dead-letters?target=${name}`}>Its dead letters</To>
        </Text>
      </Group>
    </Card>
  );
}

export default function Downstreams() {
  const { live } = useLive();
  const [dialog, setDialog] = useState<Dialog>(null);
  const act = useAct();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: ['downstreams'], queryFn: ({ signal }) => api.get('/api/downstreams', { query: { pageSize: 200 }, signal }), refetchInterval: 10_000 });
  const paused = live?.system.deliveryPaused ?? false;
  const close = () => setDialog(null);
  const pauseAll = () =>
    act({
      title: paused ? 'Send again?' : 'Pause all delivery?',
      about: paused ? `What waited for ${plural(query.data?.total ?? 0, 'downstream')} is sent.` : `Nothing is sent to any of ${plural(query.data?.total ?? 0, 'downstream')}. Messages are still accepted, and wait.`,
      verb: paused ? 'Resume all' : 'Pause all',
      danger: !paused,
      run: reason => api.post(paused ? '/admin/delivery/resume' : '/admin/delivery/pause', { reason }).then(() => queries.invalidateQueries({ queryKey: ['downstreams'] })),
    });
  return (
    <Page
      title="Downstreams"
      hint="Where messages are delivered to."
      actions={
        <>
          <Allowed role="operate">
            <Button variant="default" onClick={pauseAll}>
              {paused ? 'Resume all' : 'Pause all'}
            </Button>
          </Allowed>
          <Allowed role="admin">
            <Button leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'edit', of: null })}>
              New
            </Button>
          </Allowed>
        </>
      }
    >
      <Loaded query={query}>
        {page =>
          page.data.length === 0 ? (
            <Card>
              <Empty title="No downstreams">Make one, and name it as the target of a message.</Empty>
            </Card>
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
              {page.data.map(downstream => (
                <One key={downstream.name} downstream={downstream} open={setDialog} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      {dialog?.kind === 'edit' && <Editor of={dialog.of} close={close} />}
      {dialog?.kind === 'trial' && <Trial of={dialog.of} close={close} />}
      {dialog?.kind === 'secret' && <NewSecret name={dialog.name} secret={dialog.secret} close={close} />}
    </Page>
  );
}
