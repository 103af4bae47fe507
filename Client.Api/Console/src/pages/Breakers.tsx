import { Button, Collapse, Group, NumberInput, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../api/client';
import { useLive } from '../api/live';
import type { Breaker } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, Loaded, Page, State, Time, toneOf, wordOf } from '../ui/basics';
import { useAct } from '../ui/dialogs';
import { count, duration, percent, plural } from '../ui/format';
import { Timeline } from '../ui/timeline';

const hour = 3_600_000;

/** The states of the last hour as one line. */
function Picture({ breaker }: { breaker: Breaker }) {
  const now = Date.now();
  const from = now - hour;
  const changes = [...breaker.transitions].reverse();
  const spans: { state: string; start: number; end: number }[] = [];
  let state = changes[0]?.from ?? breaker.state;
  let start = from;
  for (const change of changes) {
    const at = new Date(change.at).getTime();
    if (at > from) {
      spans.push({ state, start, end: at });
      start = at;
    }
    state = change.to;
  }
  spans.push({ state: breaker.state, start, end: now });
  const words = spans.map(span => `${wordOf(span.state).toLowerCase()} for ${duration((span.end - span.start) / 1_000)}`).join(', then ');
  return (
    <div>
      <div role="img" aria-label={`The last hour: ${words}`} style={{ display: 'flex', height: 18, borderRadius: 5, overflow: 'hidden', gap: 1 }}>
        {spans.map((span, index) => (
          <div key={index} title={`${wordOf(span.state)}, ${duration((span.end - span.start) / 1_000)}`} style={{ flex: `${span.end - span.start} 0 2px`, background: toneOf(span.state), opacity: span.state === 'CLOSED' ? 0.45 : 1 }} />
        ))}
      </div>
      <Group justify="space-between" mt={2}>
        <Text size="xs" c="dimmed">
          an hour ago
        </Text>
        <Text size="xs" c="dimmed">
          now
        </Text>
      </Group>
    </div>
  );
}

function Minutes({ tell }: { tell: (minutes: number | null) => void }) {
  const [value, setValue] = useState<number | string>('');
  return (
    <NumberInput
      label="For how many minutes"
      description="Empty: until it is reset."
      min={1}
      max={43_200}
      value={value}
      onChange={next => {
        setValue(next);
        tell(Number(next) || null);
      }}
    />
  );
}

function One({ breaker, parked }: { breaker: Breaker; parked: number | null }) {
  const [open, setOpen] = useState(false);
  const act = useAct();
  const queries = useQueryClient();
  const name = breaker.name;
  const force = (command: 'force-open' | 'force-close' | 'disable' | 'metrics-only', title: string, about: string, verb: string) => {
    let minutes: number | null = null;
    act({
      title,
      about,
      verb,
      danger: command === 'force-open',
      extra: <Minutes tell={value => (minutes = value)} />,
      run: async reason => {
        await api.post(`/admin/circuit-breaker/${command}`, { query: { name }, body: { reason, ...(minutes ? { forMs: minutes * 60_000 } : {}) } });
        await queries.invalidateQueries({ queryKey: ['breakers'] });
      },
    });
  };
  const reset = () =>
    act({
      title: `Reset the breaker of ${name}?`,
      about: 'One breaker closes, forgets its counts and decides by itself again.',
      verb: 'Reset',
      run: async reason => {
        await api.post('/admin/circuit-breaker/reset', { query: { name }, body: { reason } });
        await queries.invalidateQueries({ queryKey: ['breakers'] });
      },
    });
  const held = parked ? ` In all ${plural(parked, 'message is', 'messages are')} parked.` : '';
  return (
    <Card
      title={name}
      aside={
        <Text size="sm" component="div">
          <State name={breaker.state} word={breaker.mode === 'auto' ? undefined : wordOf(breaker.mode)} />
        </Text>
      }
    >
      <Picture breaker={breaker} />
      {breaker.mode !== 'auto' && (
        <Text size="sm">
          “{breaker.modeReason}”
          {breaker.modeUntil && (
            <>
              , ends <Time at={breaker.modeUntil} />
            </>
          )}
        </Text>
      )}
      <dl className="fields">
        <dt>Failed</dt>
        <dd className="numbers">
          {percent(breaker.failureRatio)} of {count(breaker.successes + breaker.failures)} within {duration(breaker.settings.windowMs / 1_000)}; opens at {percent(breaker.settings.failureRatio)}
        </dd>
        <dt>In a row</dt>
        <dd className="numbers">
          {breaker.consecutiveFailures} of {breaker.settings.consecutiveFailures}
        </dd>
        {breaker.openedAt && (
          <>
            <dt>Open</dt>
            <dd>
              since <Time at={breaker.openedAt} />
              {breaker.nextProbeAt && (
                <>
                  , probes <Time at={breaker.nextProbeAt} />
                </>
              )}
            </dd>
          </>
        )}
      </dl>
      <Group gap="xs">
        <Allowed role="admin">
          <Button size="xs" variant="default" onClick={() => force('force-open', `Hold the breaker of ${name} open?`, `Nothing is sent to one downstream; its messages are parked and lose no attempt.${held}`, 'Hold open')}>
            Hold open
          </Button>
        </Allowed>
        <Allowed role="admin">
          <Button size="xs" variant="default" onClick={() => force('force-close', `Hold the breaker of ${name} closed?`, `Everything is sent to one downstream, however many fail.${held}`, 'Hold closed')}>
            Hold closed
          </Button>
        </Allowed>
        <Allowed role="admin">
          <Button size="xs" variant="default" onClick={() => force('metrics-only', `Let the breaker of ${name} only count?`, `It counts and shows how one downstream fares, and never opens.${held}`, 'Only count')}>
            Only count
          </Button>
        </Allowed>
        <Allowed role="admin">
          <Button size="xs" variant="default" onClick={() => force('disable', `Switch the breaker of ${name} off?`, `It counts nothing and never opens; everything is sent to one downstream.${held}`, 'Switch off')}>
            Switch off
          </Button>
        </Allowed>
        <Allowed role="admin">
          <Button size="xs" variant="default" onClick={reset}>
            Reset
          </Button>
        </Allowed>
        <Button size="xs" variant="subtle" color="gray" ml="auto" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide' : 'History'}
        </Button>
      </Group>
      <Collapse expanded={open}>
        {breaker.transitions.length === 0 ? (
          <Text size="sm" c="dimmed">
            It has always been closed.
          </Text>
        ) : (
          <Timeline
            happenings={breaker.transitions.map((change, index) => ({
              key: index,
              tone: change.to,
              title: `${wordOf(change.from)} → ${wordOf(change.to)}${change.mode === 'auto' ? '' : ` (${wordOf(change.mode).toLowerCase()})`}`,
              detail: change.reason,
              at: change.at,
              aside: change.by && `by ${change.by}`,
            }))}
          />
        )}
      </Collapse>
    </Card>
  );
}

export default function Breakers() {
  const { live } = useLive();
  const query = useQuery({ queryKey: ['breakers'], queryFn: ({ signal }) => api.get('/api/circuit-breakers', { query: { pageSize: 200 }, signal }), refetchInterval: 3_000 });
  return (
    <Page title="Breakers" hint="What stops sending to a downstream that is down, and lets a few through to see whether it is back.">
      <Stack>
        <Loaded query={query}>
          {page =>
            page.data.length === 0 ? (
              <Empty title="No breakers">Each downstream has one.</Empty>
            ) : (
              <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
                {page.data.map(breaker => (
                  <One key={breaker.name} breaker={breaker} parked={live?.system.queue.parked ?? null} />
                ))}
              </SimpleGrid>
            )
          }
        </Loaded>
      </Stack>
    </Page>
  );
}
