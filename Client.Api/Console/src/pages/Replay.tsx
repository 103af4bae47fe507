import { Button, Progress, SimpleGrid, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconX } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from 'wouter';
import { ApiError, send } from '../api/client';
import { post, type ReplayJob } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, Loaded, Page, State, Time, To } from '../ui/basics';
import { useAct } from '../ui/dialogs';
import { inWords, type Filter } from '../ui/filters';
import { count, duration, plural, rate } from '../ui/format';
import { Blocks } from '../ui/replay-wizard';
import { share } from './Replays';

const ends = ['completed', 'cancelled', 'stopped'];

function Figures({ job }: { job: ReplayJob }) {
  const figures = [
    ['Delivered', job.delivered],
    ['Failed again', job.failed],
    ['Left alone', job.skipped],
    ['Under way', job.underWay],
    ['To come', job.remaining],
  ] as const;
  return (
    <SimpleGrid cols={{ base: 2, xs: 5 }} spacing="sm">
      {figures.map(([name, value]) => (
        <div key={name}>
          <Text size="sm" c="dimmed">
            {name}
          </Text>
          <Text fz={24} fw={620} className="numbers">
            {count(value)}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

export default function Replay() {
  const { id } = useParams<{ id: string }>();
  const act = useAct();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['replays', id],
    queryFn: async ({ signal }) => (await (await send('GET', `/api/replays/${id}`, undefined, signal)).json()) as ReplayJob,
    refetchInterval: current => (current.state.data?.endedAt ? false : 500),
  });
  const job = query.data;
  const order = (name: 'pause' | 'resume' | 'cancel', title: string, about: string, verb: string) => () =>
    act({
      title,
      about,
      verb,
      danger: name === 'cancel',
      run: async reason => {
        await post(`/api/replays/${id}/${name}`, { reason });
        await queries.invalidateQueries({ queryKey: ['replays'] });
      },
    });
  if (query.error instanceof ApiError && query.error.status === 404 && !job) {
    return (
      <Page title="Replay">
        <Card>
          <Empty title="No such replay">
            <To href="/replays">All replays</To>
          </Empty>
        </Card>
      </Page>
    );
  }
  const left = job ? job.remaining + job.underWay : 0;
  const filter = Object.fromEntries(Object.entries(job?.plan.filter ?? {}).filter(([, value]) => value !== null)) as Filter;
  return (
    <Page
      title="Replay"
      hint={job && `${plural(job.matched, 'letter')}: ${inWords(filter)}`}
      actions={
        job &&
        !ends.includes(job.state) && (
          <>
            {job.state === 'paused' ? (
              <Allowed role="operate">
                <Button variant="default" leftSection={<IconPlayerPlay size={16} />} onClick={order('resume', 'Go on?', `${plural(left, 'letter')} will be replayed.`, 'Go on')}>
                  Resume
                </Button>
              </Allowed>
            ) : (
              <Allowed role="operate">
                <Button variant="default" leftSection={<IconPlayerPause size={16} />} onClick={order('pause', 'Pause this replay?', `${plural(left, 'letter')} will wait until it is resumed. What is under way comes to its end.`, 'Pause')}>
                  Pause
                </Button>
              </Allowed>
            )}
            <Allowed role="operate">
              <Button variant="default" color="red" leftSection={<IconX size={16} />} onClick={order('cancel', 'Cancel this replay?', `${plural(left, 'letter')} will stay dead. What was replayed stays as it is.`, 'Cancel the replay')}>
                Cancel
              </Button>
            </Allowed>
          </>
        )
      }
    >
      <Loaded query={query}>
        {found => (
          <>
            <Card
              title={<State name={found.state} pulse={found.state === 'running'} />}
              aside={
                <Text size="sm" c="dimmed" className="numbers">
                  {ends.includes(found.state) ? <Time at={found.endedAt ?? found.stateAt} /> : `${rate(found.ratePerSecond)}/s${found.estimatedSeconds === null ? '' : `, ${duration(found.estimatedSeconds)} left`}`}
                </Text>
              }
            >
              <Progress.Root size={14} aria-label="Progress" role="progressbar" aria-valuenow={Math.round(share(found))} aria-valuemin={0} aria-valuemax={100}>
                <Progress.Section value={(100 * found.delivered) / Math.max(1, found.matched)} color="teal" withAria={false} />
                <Progress.Section value={(100 * found.failed) / Math.max(1, found.matched)} color="red" withAria={false} />
                <Progress.Section value={(100 * found.skipped) / Math.max(1, found.matched)} color="gray" withAria={false} />
              </Progress.Root>
              <Figures job={found} />
              {found.stateReason && (
                <Text size="sm">
                  {found.stateReason}
                  {found.stateBy && ` (${found.stateBy})`}
                </Text>
              )}
            </Card>
            {!ends.includes(found.state) && <Blocks blocks={found.blockedBy} />}
            <Card title="By downstream">
              <table className="figures numbers">
                <thead>
                  <tr>
                    <th scope="col">Downstream</th>
                    <th scope="col">Letters</th>
                    <th scope="col">Delivered</th>
                    <th scope="col">Failed</th>
                    <th scope="col" className="wide">
                      Left alone
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {found.byTarget.map(target => (
                    <tr key={target.target}>
                      <th scope="row">{target.target}</th>
                      <td>{count(target.matched)}</td>
                      <td>{count(target.delivered)}</td>
                      <td>{count(target.failed)}</td>
                      <td className="wide">{count(target.skipped)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Card>
            <Card title="The plan">
              <dl className="fields">
                <dt>Why</dt>
                <dd>{found.plan.reason ?? '–'}</dd>
                <dt>By</dt>
                <dd>{found.plan.by}</dd>
                <dt>Started</dt>
                <dd>
                  <Time at={found.createdAt} />
                </dd>
                <dt>Rate</dt>
                <dd>
                  {rate(found.plan.ratePerSecond)} a second, at most {found.plan.maxConcurrent} at once
                  {found.plan.ramp && '; begins slowly, and stops by itself when too many fail'}
                </dd>
                <dt>Letters</dt>
                <dd>
                  <To href={`/dead-letters?${new URLSearchParams(filter as Record<string, string>)}`}>{inWords(filter)}</To>
                </dd>
              </dl>
            </Card>
          </>
        )}
      </Loaded>
    </Page>
  );
}
