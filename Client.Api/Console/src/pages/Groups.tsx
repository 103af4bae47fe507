import { Badge, Group, SegmentedControl, Text } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { send } from '../api/client';
import { Card, Empty, Loaded, Page, State, Time, To } from '../ui/basics';
import { compact } from '../ui/format';
import { Table, type Column } from '../ui/table';

type LetterGroup = {
  key: string;
  count: number;
  firstSeen: string;
  lastSeen: string;
  errorType?: string | null;
  target?: string | null;
  sample?: { errorReason?: string } | string | null;
  state?: string | null;
  owner?: string | null;
  note?: string | null;
};

const by = [
  { value: 'fingerprint', label: 'Kind of error' },
  { value: 'errorType', label: 'Error type' },
  { value: 'target', label: 'Downstream' },
  { value: 'source', label: 'Source' },
];

const reasonOf = (group: LetterGroup) => (typeof group.sample === 'string' ? group.sample : (group.sample?.errorReason ?? ''));

export default function Groups() {
  const [search, setSearch] = useSearchParams();
  const kind = search.get('by') ?? 'fingerprint';
  const query = useQuery({
    queryKey: ['letters', 'groups', kind],
    queryFn: async ({ signal }) => (await (await send('GET', `/api/dlq/groups?by=${kind}&pageSize=200`, undefined, signal)).json()) as { data: LetterGroup[]; total?: number },
  });
  const columns: Column<LetterGroup>[] = [
    { id: 'count', header: 'Letters', width: '80px', cell: ({ row }) => <Text size="sm" fw={600} className="numbers">{compact(row.original.count)}</Text> },
    { id: 'key', header: by.find(each => each.value === kind)?.label ?? kind, width: '170px', cell: ({ row }) => <To href={`/dead-letters?${kind}=${encodeURIComponent(row.original.key)}`}>{row.original.key || '(none)'}</To> },
    { id: 'sample', header: 'For example', width: 'minmax(200px, 3fr)', cell: ({ row }) => <span title={reasonOf(row.original)}>{reasonOf(row.original) || '–'}</span> },
    {
      id: 'state', header: 'State', width: '150px', cell: ({ row }) => (
        <Group gap={6} wrap="nowrap">
          {row.original.state ? <State name={row.original.state} /> : '–'}
          {row.original.owner && <Badge variant="light" color="gray" tt="none">{row.original.owner}</Badge>}
        </Group>
      ),
    },
    { id: 'first', header: 'First', width: '105px', cell: ({ row }) => <Time at={row.original.firstSeen} /> },
    { id: 'last', header: 'Last', width: '105px', cell: ({ row }) => <Time at={row.original.lastSeen} /> },
  ];
  return (
    <Page title="Groups" hint="Failures of the same kind, counted together: mend one cause, replay them all.">
      <SegmentedControl value={kind} onChange={value => setSearch({ by: value }, { replace: true })} data={by} aria-label="Group by" style={{ alignSelf: 'flex-start', maxWidth: '100%' }} />
      <Card p={0}>
        <Loaded query={query}>
          {page =>
            page.data.length === 0 ? (
              <Empty icon={IconStack2} title="No failures">
                Dead letters that failed alike will be counted together here.
              </Empty>
            ) : (
              <Table label="Groups of dead letters" rows={page.data} columns={columns} rowId={group => group.key} total={page.total} />
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
