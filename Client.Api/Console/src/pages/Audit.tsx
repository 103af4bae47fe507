import { Select, SimpleGrid } from '@mantine/core';
import { IconClipboardList } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { api, type Schemas } from '../api/client';
import { Card, Empty, Failure, Loading, Page, State, Time } from '../ui/basics';
import { Typed, useAddress } from '../ui/filters';
import { Table, type Column } from '../ui/table';

type Entry = Schemas['AuditEntry'];

const names = ['who', 'act', 'subject', 'outcome'] as const;
const outcomes = ['begun', 'done', 'refused', 'rejected', 'failed'];

const columns: Column<Entry>[] = [
  { id: 'at', header: 'When', width: '105px', cell: ({ row }) => <Time at={row.original.at} /> },
  { id: 'who', header: 'Who', width: '120px', cell: ({ row }) => <span title={`by ${row.original.credential}, from ${row.original.from ?? 'nowhere'}`}>{row.original.who}</span> },
  { id: 'act', header: 'What', width: '170px', cell: ({ row }) => row.original.act },
  { id: 'subject', header: 'On what', cell: ({ row }) => <span title={row.original.subject ?? ''}>{row.original.subject ?? '–'}</span> },
  { id: 'count', header: 'How many', width: '85px', cell: ({ row }) => row.original.count ?? '–' },
  { id: 'reason', header: 'Why', width: 'minmax(140px, 1.6fr)', cell: ({ row }) => <span title={row.original.reason ?? ''}>{row.original.reason ?? '–'}</span> },
  { id: 'outcome', header: 'Outcome', width: '120px', cell: ({ row }) => <span title={row.original.detail ?? ''}><State name={row.original.outcome} /></span> },
];

export default function Audit() {
  const [filter, change] = useAddress(names);
  const query = useInfiniteQuery({
    queryKey: ['audit', JSON.stringify(filter)],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => api.get('/api/audit', { query: { ...filter, pageSize: 100, cursor: pageParam }, signal }),
    getNextPageParam: page => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.data) ?? [], [query.data]);
  const { fetchNextPage, hasNextPage, isFetching } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  return (
    <Page title="Audit" hint="Who did what, on what, when and why. Entries are written before an act is done.">
      <Card>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
          <Typed label="Who" value={filter.who ?? ''} placeholder="Anybody" onChange={who => change({ who })} />
          <Typed label="What" value={filter.act ?? ''} placeholder="Anything, or letter.discard" onChange={act => change({ act })} />
          <Typed label="On what" value={filter.subject ?? ''} placeholder="Anything" onChange={subject => change({ subject })} />
          <Select label="Outcome" placeholder="Any" clearable value={filter.outcome ?? null} data={outcomes} onChange={value => change({ outcome: value ?? undefined })} clearButtonProps={{ 'aria-label': 'Clear the outcome' }} />
        </SimpleGrid>
      </Card>
      <Card p={0}>
        {query.data ? (
          rows.length === 0 ? (
            Object.keys(filter).length > 0 ? (
              <Empty icon={IconClipboardList} title="No act matches">Fewer filters find more.</Empty>
            ) : (
              <Empty icon={IconClipboardList} title="Nothing here">
                Acts of operators will be listed here: replays, forced breakers, changed downstreams.
              </Empty>
            )
          ) : (
            <Table label="Acts of operators" rows={rows} columns={columns} rowId={entry => entry.id} more={more} />
          )
        ) : query.error ? (
          <Failure error={query.error} retry={() => void query.refetch()} />
        ) : (
          <Loading />
        )}
      </Card>
    </Page>
  );
}
