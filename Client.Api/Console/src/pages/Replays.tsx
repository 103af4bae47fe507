import { Button, Progress, Text } from '@mantine/core';
import { IconRepeat } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client';
import type { ReplayJob } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, Id, Loaded, Page, State, Time, To } from '../ui/basics';
import { count } from '../ui/format';
import { ReplayWizard } from '../ui/replay-wizard';
import { Table, type Column } from '../ui/table';

const going = ['running', 'waiting'];

export const share = (job: ReplayJob) => (job.matched === 0 ? 100 : (100 * (job.matched - job.remaining - job.underWay)) / job.matched);

const columns: Column<ReplayJob>[] = [
  { id: 'id', header: 'Job', width: '130px', cell: ({ row }) => <Id id={row.original.jobId} href={`/replays/${row.original.jobId}`} /> },
  { id: 'state', header: 'State', width: '110px', cell: ({ row }) => <State name={row.original.state} pulse={row.original.state === 'running'} /> },
  { id: 'progress', header: 'Progress', width: 'minmax(90px, 1.4fr)', cell: ({ row }) => <Progress value={share(row.original)} aria-label={`Progress of ${row.original.jobId}`} /> },
  { id: 'matched', header: 'Letters', width: '66px', cell: ({ row }) => count(row.original.matched) },
  { id: 'delivered', header: 'Delivered', width: '76px', cell: ({ row }) => count(row.original.delivered) },
  { id: 'failed', header: 'Failed', width: '70px', cell: ({ row }) => count(row.original.failed) },
  { id: 'reason', header: 'Why', cell: ({ row }) => <span title={row.original.plan.reason ?? ''}>{row.original.plan.reason ?? '–'}</span> },
  { id: 'by', header: 'By', width: '90px', cell: ({ row }) => row.original.plan.by },
  { id: 'at', header: 'Started', width: '80px', cell: ({ row }) => <Time at={row.original.createdAt} /> },
];

export default function Replays() {
  const [wizard, setWizard] = useState(false);
  const query = useQuery({
    queryKey: ['replays'],
    queryFn: async ({ signal }) => (await (await send('GET', '/api/replays?pageSize=100', undefined, signal)).json()) as { data: ReplayJob[]; total: number },
    refetchInterval: current => (current.state.data?.data.some(job => going.includes(job.state)) ? 1_000 : 5_000),
  });
  return (
    <Page title="Replays" hint="Jobs that send many dead letters again, at a rate that is kept." actions={<Allowed role="operate"><Button onClick={() => setWizard(true)}>Replay many</Button></Allowed>}>
      <Card p={0}>
        <Loaded query={query}>
          {page =>
            page.data.length === 0 ? (
              <Empty icon={IconRepeat} title="No replays yet">
                Filter <To href="/dead-letters">dead letters</To>, look at the plan, and let a job send them again at the rate that their downstream can bear.
              </Empty>
            ) : (
              <Table label="Replay jobs" rows={page.data} columns={columns} rowId={job => job.jobId} total={page.total} />
            )
          }
        </Loaded>
      </Card>
      <Text size="xs" c="dimmed">
        A single letter is replayed on its own page.
      </Text>
      {wizard && <ReplayWizard filter={{}} close={() => setWizard(false)} />}
    </Page>
  );
}
