import { Alert, Grid, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconMoodSmile } from '@tabler/icons-react';
import { useMemo, type ReactNode } from 'react';
import { unreachable } from '../api/client';
import { secondsToDrain, unresolved, useLive, type Live } from '../api/live';
import { Card, Empty, Failure, Loading, Page, State, Time, To, toneOf, wordOf } from '../ui/basics';
import { Bar, RateChart, type Series } from '../ui/chart';
import { compact, count, duration, percent, plural } from '../ui/format';
import { HeldKeys } from './held-keys';

const statuses = ['dlq_pending', 'dlq_processing', 'dlq_manual', 'dlq_failed', 'dlq_resolved'];

function Figure({ label, value, hint, href }: { label: string; value: ReactNode; hint?: ReactNode; href?: string }) {
  return (
    <div className="card" style={{ padding: '16px 18px' }}>
      <Text size="sm" c="dimmed">
        {href ? <To href={href}>{label}</To> : label}
      </Text>
      <Text fz={28} fw={620} lh={1.3} className="numbers">
        {value}
      </Text>
      <Text size="xs" c="dimmed" mih={18} component="div">
        {hint}
      </Text>
    </div>
  );
}

function Rates() {
  const { history } = useLive();
  const { series, times } = useMemo(() => {
    const list = (name: string, color: string, values: number[]): Series => ({ name, color, values });
    return {
      times: history.map(point => point.at),
      series: [
        list('Accepted', 'var(--mantine-color-indigo-5)', history.map(point => point.accepted)),
        list('Delivered', 'var(--mantine-color-teal-6)', history.map(point => point.delivered)),
        list('Retried', 'var(--mantine-color-yellow-6)', history.map(point => point.retried)),
        list('Dead-lettered', 'var(--mantine-color-red-6)', history.map(point => point.deadLettered)),
      ],
    };
  }, [history]);
  return (
    <Card title="Messages a second" aside={<Text size="xs" c="dimmed">last 15 minutes, this process</Text>}>
      <RateChart series={series} times={times} label="Messages accepted, delivered, retried and dead-lettered a second" />
    </Card>
  );
}

/** What holds messages back: a breaker or a pause, or others of their ordering key. */
function heldBy({ system: { queue, ordering } }: Live): string {
  const inOrder = ordering.behind - ordering.blockedMessages;
  const parts = [
    queue.parked > 0 && `${compact(queue.parked)} parked`,
    ordering.blockedMessages > 0 && `${compact(ordering.blockedMessages)} behind a dead letter`,
    inOrder > 0 && `${compact(inOrder)} in order`,
  ];
  return parts.filter(Boolean).join(', ') || 'nothing is in their way';
}

function Queue({ live }: { live: Live }) {
  const { queue, ordering } = live.system;
  const { history } = useLive();
  const recent = history.slice(-30);
  const drained = recent.length ? recent.reduce((sum, point) => sum + point.delivered + point.deadLettered - point.accepted, 0) / recent.length : 0;
  const held = queue.parked + ordering.behind;
  const ready = Math.max(0, queue.waiting - held);
  const empties =
    queue.waiting === 0 ? `of ${compact(queue.maxSize)}` : ready === 0 ? 'all held back' : drained > 0 ? `empty in about ${duration(ready / drained)}` : 'not getting shorter';
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, lg: 6 }} spacing="sm">
      <Figure label="Waiting" value={compact(queue.waiting)} hint={empties} />
      <Figure label="On their way" value={compact(queue.active)} hint="attempts now" />
      <Figure label="Held back" value={compact(held)} hint={heldBy(live)} href="/breakers" />
      <Figure label="Scheduled" value={compact(queue.delayed)} hint="for later" />
      <Figure label="Delivered" value={compact(queue.completed)} hint="since the start" />
      <Figure label="Dead letters" value={compact(unresolved(live))} hint="not resolved" href="/dead-letters" />
    </SimpleGrid>
  );
}

function Letters({ live }: { live: Live }) {
  const { dlq } = live.system;
  const seconds = secondsToDrain(useLive().backlog);
  const parts = statuses.map(name => ({ name, value: dlq.byStatus[name] ?? 0, color: toneOf(name) }));
  return (
    <Card title="Dead letters" aside={<To href="/dead-letters">Open</To>}>
      {dlq.total === 0 ? (
        <Empty icon={IconMoodSmile} title="No dead letters">
          What cannot be delivered will be kept here.
        </Empty>
      ) : (
        <>
          <Bar label="Dead letters by status" parts={parts.map(part => ({ ...part, name: wordOf(part.name) }))} />
          <Stack gap={6}>
            {parts.map(part => (
              <Group key={part.name} justify="space-between">
                <Text size="sm" component="div">
                  <To href={`/dead-letters?status=${part.name}`} plain>
                    <State name={part.name} />
                  </To>
                </Text>
                <Text size="sm" className="numbers">
                  {count(part.value)}
                </Text>
              </Group>
            ))}
          </Stack>
          <dl className="fields">
            <dt>Oldest pending</dt>
            <dd>
              <Time at={dlq.oldestPending} />
            </dd>
            <dt>All resolved</dt>
            <dd>{unresolved(live) === 0 ? 'yes' : seconds === null ? 'measuring' : seconds === Infinity ? 'not getting fewer' : `in about ${duration(seconds)}`}</dd>
            <dt>Replays that delivered</dt>
            <dd>{dlq.replaySuccessRate === null ? 'none yet' : percent(dlq.replaySuccessRate)}</dd>
          </dl>
        </>
      )}
    </Card>
  );
}

function Errors({ live }: { live: Live }) {
  const top = live.system.dlq.topErrorTypes;
  const most = Math.max(1, ...top.map(type => type.count));
  return (
    <Card title="Top errors" aside={<To href="/groups">Groups</To>}>
      {top.length === 0 ? (
        <Empty icon={IconMoodSmile} title="No errors">
          The kinds of failures will be counted here.
        </Empty>
      ) : (
        <Stack gap="sm">
          {top.slice(0, 6).map(type => (
            <div key={type.name}>
              <Group justify="space-between" mb={4}>
                <Text size="sm" component="div">
                  <To href={`/dead-letters?errorType=${type.name}`}>{type.name}</To>
                </Text>
                <Text size="sm" className="numbers">
                  {count(type.count)}
                </Text>
              </Group>
              <div style={{ height: 6, borderRadius: 3, background: 'var(--dlq-line)' }} aria-hidden>
                <div style={{ height: 6, borderRadius: 3, width: `${(type.count / most) * 100}%`, background: 'var(--mantine-color-red-5)' }} />
              </div>
            </div>
          ))}
        </Stack>
      )}
    </Card>
  );
}

function Breakers({ live }: { live: Live }) {
  const { breakers, breakersTotal } = live.system;
  const sorted = [...breakers].sort((a, b) => openness(b.state) - openness(a.state) || a.name.localeCompare(b.name));
  return (
    <Card title="Circuit breakers" aside={<To href="/breakers">Open</To>}>
      <Stack gap={10}>
        {sorted.slice(0, 8).map(breaker => (
          <Group key={breaker.name} justify="space-between" wrap="nowrap">
            <Text size="sm" truncate>
              {breaker.name}
            </Text>
            <Group gap="md" wrap="nowrap">
              <Text size="sm" c="dimmed" className="numbers">
                {percent(breaker.failureRatio)} failed
              </Text>
              <Text size="sm" component="div" miw={92}>
                <State name={breaker.state} word={breaker.mode === 'auto' ? undefined : wordOf(breaker.mode)} />
              </Text>
            </Group>
          </Group>
        ))}
        {breakersTotal > 8 && (
          <Text size="sm" c="dimmed">
            and {breakersTotal - 8} more
          </Text>
        )}
      </Stack>
    </Card>
  );
}

const openness = (state: string) => ['CLOSED', 'HALF_OPEN', 'OPEN'].indexOf(state);

function Trouble({ live }: { live: Live }) {
  const { status, deliveryPaused, queue } = live.system;
  const late = queue.greatestLatenessMs > 5_000;
  if (status === 'healthy' && !deliveryPaused && !late) return null;
  return (
    <Alert icon={<IconAlertTriangle size={18} />} color={status === 'unhealthy' ? 'red' : 'orange'} variant="light">
      {status !== 'healthy' && <div>The service is {status}. <To href="/settings">See its stores</To></div>}
      {deliveryPaused && <div>Delivery is paused: messages are accepted and not sent. <To href="/downstreams">Go on</To></div>}
      {late && <div>The most overdue message is {duration(queue.greatestLatenessMs / 1_000)} late.</div>}
    </Alert>
  );
}

export default function Overview() {
  const { live, link } = useLive();
  return (
    <Page title="Overview" hint={live ? `${plural(live.system.breakersTotal, 'downstream')}, ${live.system.status}` : undefined}>
      {live ? (
        <>
          <Trouble live={live} />
          <Queue live={live} />
          {live.system.ordering.blockedKeys > 0 && <HeldKeys keys={live.system.ordering.blockedKeys} messages={live.system.ordering.blockedMessages} />}
          <Rates />
          <Grid gap="md">
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Letters live={live} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Errors live={live} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 4 }}>
              <Breakers live={live} />
            </Grid.Col>
          </Grid>
        </>
      ) : link === 'down' ? (
        <Failure error={unreachable} />
      ) : (
        <Loading rows={3} height={120} />
      )}
    </Page>
  );
}
