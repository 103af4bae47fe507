import { Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCloudOff, IconInbox, type Icon } from '@tabler/icons-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../api/client';
import type { Letter } from '../api/types';
import { ago } from './format';

/** A page: its heading, what can be done on it, and its content. */
export function Page({ title, hint, actions, children }: { title: ReactNode; hint?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    if (typeof title === 'string') document.title = `${title} · Orleans.DlqCluster`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          {hint && (
            <Text c="dimmed" size="sm" mt={4}>
              {hint}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** A card with a heading. */
export function Card({ title, aside, children, p = 'lg' }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; p?: string | number }) {
  return (
    <section className="card">
      {title && (
        <Group justify="space-between" px="lg" pt="md" pb={p === 0 ? 'sm' : 0} wrap="nowrap">
          <Title order={2} size={15}>
            {title}
          </Title>
          <Text size="sm" component="div">
            {aside}
          </Text>
        </Group>
      )}
      <Stack p={p} gap="md">
        {children}
      </Stack>
    </section>
  );
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });
const ticking = new Set<() => void>();
window.setInterval(() => {
  for (const tick of ticking) tick();
}, 5_000);

/** A time as the distance from now; the exact one on hover. */
export function Time({ at }: { at: string | null | undefined }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const again = () => tick(value => value + 1);
    ticking.add(again);
    return () => {
      ticking.delete(again);
    };
  }, []);
  if (!at) return <span>–</span>;
  const exact = new Date(at);
  return (
    <time dateTime={at} title={`${local.format(exact)} · ${exact.toISOString()}`} className="numbers">
      {ago(at)}
    </time>
  );
}

const tones: Record<string, string> = {
  delivered: 'green', dlq_resolved: 'green', CLOSED: 'green', healthy: 'green', ready: 'green', completed: 'green', done: 'green', resolved: 'green', live: 'green',
  dlq_pending: 'yellow', retrying: 'yellow', HALF_OPEN: 'yellow', degraded: 'yellow', waiting: 'yellow', parked: 'yellow', polling: 'yellow', open: 'yellow',
  dlq_failed: 'red', deadLettered: 'red', OPEN: 'red', unhealthy: 'red', failed: 'red', stopped: 'red', refused: 'red', expired: 'red', regressed: 'red', down: 'red',
  dlq_processing: 'blue', processing: 'blue', running: 'blue', pending: 'blue', begun: 'blue', connecting: 'blue',
  dlq_manual: 'violet', scheduled: 'violet', rejected: 'orange', draining: 'orange', muted: 'gray', paused: 'orange', cancelled: 'gray',
};

const words: Record<string, string> = {
  dlq_pending: 'Pending', dlq_processing: 'Replaying', dlq_resolved: 'Resolved', dlq_failed: 'Failed', dlq_manual: 'Needs a person', deadLettered: 'Dead-lettered',
  CLOSED: 'Closed', OPEN: 'Open', HALF_OPEN: 'Half-open', forcedOpen: 'Forced open', forcedClosed: 'Forced closed', auto: 'Automatic', metricsOnly: 'Metrics only', disabled: 'Disabled',
  offPeak: 'Off-peak',
};

export const toneOf = (name: string): string => `var(--mantine-color-${tones[name] ?? 'gray'}-${tones[name] === 'yellow' ? 5 : 6})`;
export const wordOf = (name: string): string => words[name] ?? name.charAt(0).toUpperCase() + name.slice(1);

/** A state: told by a word, and by a colour beside it. */
export function State({ name, word, pulse }: { name: string; word?: string; pulse?: boolean }) {
  return (
    <span className="state">
      <span className={pulse ? 'dot pulse' : 'dot'} style={{ background: toneOf(name) }} />
      <span>{word ?? wordOf(name)}</span>
    </span>
  );
}

/** The state of a dead letter: what was discarded is resolved, but nobody has got it. */
export function LetterState({ letter: { status, resolution } }: { letter: Letter }) {
  const discarded = resolution === 'discarded';
  return <State name={discarded ? 'cancelled' : status} word={discarded ? 'Discarded' : undefined} pulse={status === 'dlq_processing'} />;
}

/** A part of the page that is in the making. */
export function Loading({ rows = 4, height = 36 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="xs" p="lg" aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** Nothing is here, and that is good or can be changed. */
export function Empty({ icon: IconOf = IconInbox, title, children }: { icon?: Icon; title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={56} px="md" ta="center">
      <ThemeIcon size={52} radius="xl" variant="light" color="gray">
        <IconOf size={26} stroke={1.5} />
      </ThemeIcon>
      <Text fw={600} mt="xs">
        {title}
      </Text>
      {children && (
        <Text c="dimmed" size="sm" maw={460} component="div" className="prose">
          {children}
        </Text>
      )}
    </Stack>
  );
}

/** Something went wrong: what, and what to do. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const known = error instanceof ApiError;
  const gone = known && error.kind === 'not-found';
  return (
    <Stack align="center" gap="xs" py={56} px="md" ta="center" role="alert">
      <ThemeIcon size={52} radius="xl" variant="light" color={gone ? 'gray' : 'red'}>
        <IconCloudOff size={26} stroke={1.5} />
      </ThemeIcon>
      <Text fw={600} mt="xs">
        {gone ? 'This service does not offer this.' : known ? (error.problem.title ?? 'It did not work.') : 'It did not work.'}
      </Text>
      <Text c="dimmed" size="sm" maw={460}>
        {gone ? 'It is older than this console, or this part is switched off.' : known && error.fields ? error.fields : error.message}
      </Text>
      {retry && (
        <Button variant="default" size="xs" mt="xs" onClick={retry}>
          Try again
        </Button>
      )}
    </Stack>
  );
}

/** What a query has come to: its data, or one of the states before that. */
export function Loaded<T>({ query, children, rows }: { query: { data: T | undefined; error: Error | null; refetch: () => unknown }; children: (data: T) => ReactNode; rows?: number }) {
  // While it is tried again it has no error; what is shown must not come and go with each try.
  const failed = useRef<Error | null>(null);
  failed.current = query.data === undefined ? (query.error ?? failed.current) : null;
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (failed.current) return <Failure error={failed.current} retry={() => void query.refetch()} />;
  return <Loading rows={rows} />;
}

/** A link within the console. */
export function To({ href, children, plain }: { href: string; children: ReactNode; plain?: boolean }) {
  return (
    <Link href={href} className={plain ? 'plain' : 'link'}>
      {children}
    </Link>
  );
}

/** A short id that can be copied. */
export function Id({ id, href }: { id: string; href?: string }) {
  const text = `${id.slice(0, 8)}…${id.slice(-4)}`;
  return href ? (
    <Link href={href} className="link mono" title={id}>
      {text}
    </Link>
  ) : (
    <span className="mono" title={id}>
      {text}
    </span>
  );
}
