import { Alert, Button, Center, Group, Modal, PasswordInput, Stack, Text, TextInput, Title, Tooltip } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { cloneElement, useEffect, useState, type FormEvent, type MouseEvent, type ReactElement } from 'react';
import { ApiError } from '../api/client';
import { may, session, useSession, type Role } from '../api/session';
import { signIn, whoAmI } from '../api/sign-in';
import { Failure, Loading } from './basics';

const retryMs = 1_500;

type Clickable = ReactElement<{ disabled?: boolean; onClick?: (event: MouseEvent) => void; 'data-disabled'?: boolean; 'aria-disabled'?: boolean }>;

/** A button that only some roles may use. For the others it stays where it is, does nothing, and says why. */
export function Allowed({ role, children }: { role: Role; children: Clickable }) {
  const { me } = useSession();
  if (may(me, role)) return children;
  return (
    <Tooltip label={`This needs the role ${role}; you have ${me?.role ?? 'none'}.`} events={{ hover: true, focus: true, touch: true }}>
      {cloneElement(children, { disabled: false, 'data-disabled': true, 'aria-disabled': true, onClick: event => event.preventDefault() })}
    </Tooltip>
  );
}

function wrong(error: Error): string {
  return error instanceof ApiError && error.status === 401 ? 'This is neither a valid API key nor the admin token.' : error.message;
}

function SignInForm() {
  const { operator } = useSession();
  const [name, setName] = useState(operator);
  const [credential, setCredential] = useState('');
  const run = useMutation({ mutationFn: () => signIn(credential.trim()), onMutate: () => session.name(name.trim()) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <PasswordInput
          label="API key or admin token"
          description="It is exchanged for a session, and not kept in this browser."
          required
          value={credential}
          autoComplete="current-password"
          onChange={event => setCredential(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Your name"
          description="With the admin token it is kept with what you do; a key has a name of its own."
          value={name}
          maxLength={200}
          autoComplete="username"
          onChange={event => setName(event.currentTarget.value)}
        />
        {run.error && (
          <Alert color="red" variant="light" role="alert" title={run.error instanceof ApiError && run.error.status === 429 ? run.error.problem.title : 'That did not work.'}>
            {wrong(run.error)}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={run.isPending} disabled={!credential.trim()}>
            Sign in
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The page for who is not signed in: it stands at the address that was asked for, which is then shown. */
export function SignInPage() {
  useEffect(() => {
    document.title = 'Sign in · Orleans.DlqCluster';
  }, []);
  // Somebody may have signed in at another tab.
  useWindowEvent('focus', () => void whoAmI());
  return (
    <Center mih="100vh" p="md" component="main">
      <Stack w="100%" maw={420} gap="lg">
        <Group gap="sm">
          <img src="/favicon.svg" width="34" height="34" alt="" />
          <div>
            <Title order={1} size="h3">
              Sign in
            </Title>
            <Text size="sm" c="dimmed">
              Orleans.DlqCluster
            </Text>
          </div>
        </Group>
        <section className="card" style={{ padding: 24 }}>
          <SignInForm />
        </section>
      </Stack>
    </Center>
  );
}

/** What lies over the page when the session has ended: what was being written is still there afterwards. */
export function SignInAgain() {
  const { state, me } = useSession();
  const queries = useQueryClient();
  const ended = state === 'ended';
  const [before, setBefore] = useState(me);
  useWindowEvent('focus', () => void (session.current.state === 'ended' && whoAmI()));
  useEffect(() => {
    if (ended || me === before) return;
    // Who may less must not see what the one before was shown.
    void (before === null || may(me, before.role) ? queries.invalidateQueries() : queries.resetQueries());
    setBefore(me);
  }, [ended, me, before, queries]);
  return (
    <Modal opened={ended} onClose={() => {}} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} centered zIndex={1_000} overlayProps={{ blur: 6 }} title={<Text fw={600}>Your session has ended</Text>}>
      <SignInForm />
    </Modal>
  );
}

/** The name that is kept with what is done, where no key has one. */
export function NameDialog({ close }: { close: () => void }) {
  const { operator } = useSession();
  const [name, setName] = useState(operator);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    session.name(name.trim());
    close();
  };
  return (
    <Modal opened onClose={close} title={<Text fw={600}>Who are you?</Text>} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput label="Your name" description="It is kept with what you do." value={name} maxLength={200} autoComplete="username" onChange={event => setName(event.currentTarget.value)} data-autofocus />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit">Save</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What is shown until it is known who uses the console. */
export function Asking() {
  const { trouble } = useSession();
  useEffect(() => {
    if (!trouble) return undefined;
    const timer = window.setTimeout(() => void whoAmI(), retryMs);
    return () => window.clearTimeout(timer);
  }, [trouble]);
  return (
    <Center mih="100vh" p="md" component="main">
      <div style={{ width: '100%', maxWidth: 460 }}>{trouble ? <Failure error={trouble} retry={() => void whoAmI()} /> : <Loading rows={3} />}</div>
    </Center>
  );
}
