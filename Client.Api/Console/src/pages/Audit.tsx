import { Select, SimpleGrid, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconClipboardList } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { api, type Schemas } from '../api/client';
import { Card, Empty, Failure, Loading, Page, State, Time } from '../ui/basics';
import { Table, type Column } from '../ui/table';

type Entry = Schemas['AuditEntry'];

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
  const [search, setSearch] = useSearchParams();
  const [who, setWho] = useState(search.get('who') ?? '');
  const [subject, setSubject] = useState(search.get('subject') ?? '');
  const [typed] = useDebouncedValue(JSON.stringify({ who: who.trim(), subject: subject.trim() }), 350);
  const outcome = search.get('outcome');
  const query = useInfiniteQuery({
    queryKey: ['audit', typed, outcome],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => api.get('/api/audit', { query: { ...(JSON.parse(typed) as { who: string }), outcome, pageSize: 100, cursor: pageParam }, signal }),
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
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
          <TextInput label="Who" placeholder="Anybody" value={who} onChange={event => setWho(event.currentTarget.value)} />
          <TextInput label="On what" placeholder="Anything" value={subject} onChange={event => setSubject(event.currentTarget.value)} />
          <Select label="Outcome" placeholder="Any" clearable value={outcome} data={outcomes} onChange={value => setSearch(value ? { outcome: value } : {}, { replace: true })} clearButtonProps={{ 'aria-label': 'Clear the outcome' }} />
        </SimpleGrid>
      </Card>
      <Card p={0}>
        {query.data ? (
          rows.length === 0 ? (
            <Empty icon={IconClipboardList} title="Nothing here">
              Acts of operators will be listed here: replays, forced breakers, changed downstreams.
            </Empty>
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
