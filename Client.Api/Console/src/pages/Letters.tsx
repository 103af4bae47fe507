import { Button, Checkbox, Group, Popover, Stack, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconColumns3, IconDownload, IconFilterOff, IconMoodSmile, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { RowSelectionState } from '@tanstack/react-table';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { api, send } from '../api/client';
import { isLong } from '../api/live';
import { useMay } from '../api/session';
import type { Letter } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, Failure, Id, LetterState, Loading, Page, Time } from '../ui/basics';
import { useAct } from '../ui/dialogs';
import { FilterBar, inWords, useFilter } from '../ui/filters';
import { count, plural } from '../ui/format';
import { ReplayWizard } from '../ui/replay-wizard';
import { Table, type Column, type Sorting } from '../ui/table';

const pageSize = 100;
// Who has read so far reads on: fewer, larger pages then.
const largePageSize = 500;
const smallPages = 3;

const columns: Column<Letter>[] = [
  { id: 'id', header: 'Message', width: '130px', cell: ({ row }) => <Id id={row.original.messageId} href={`/dead-letters/${row.original.messageId}`} /> },
  { id: 'status', header: 'Status', width: '132px', sort: 'status', cell: ({ row }) => <LetterState letter={row.original} /> },
  { id: 'errorType', header: 'Error', width: '152px', sort: 'errorType', cell: ({ row }) => row.original.errorType },
  { id: 'reason', header: 'Reason', width: 'minmax(150px, 2fr)', cell: ({ row }) => <span title={row.original.errorReason}>{row.original.errorReason}</span> },
  { id: 'target', header: 'Downstream', width: '104px', sort: 'target', cell: ({ row }) => row.original.metadata.target },
  { id: 'source', header: 'Source', width: '110px', sort: 'source', cell: ({ row }) => row.original.metadata.source ?? '–' },
  { id: 'correlation', header: 'Correlation id', width: '130px', cell: ({ row }) => row.original.metadata.correlationId ?? '–' },
  { id: 'tags', header: 'Labels', width: '120px', cell: ({ row }) => row.original.metadata.tags.join(', ') || '–' },
  { id: 'replays', header: 'Failed replays', width: '110px', sort: 'dlqRetryCount', cell: ({ row }) => row.original.dlqRetryCount },
  { id: 'next', header: 'Next replay', width: '86px', sort: 'nextRetryAt', cell: ({ row }) => <Time at={row.original.nextRetryAt} /> },
  { id: 'updated', header: 'Changed', width: '76px', sort: 'updatedAt', cell: ({ row }) => <Time at={row.original.updatedAt} /> },
  { id: 'created', header: 'Since', width: '76px', sort: 'createdAt', cell: ({ row }) => <Time at={row.original.createdAt} /> },
];

const usual = ['id', 'status', 'errorType', 'reason', 'target', 'next', 'created'];

export default function Letters() {
  const [filter, change, search] = useFilter();
  const sorting: Sorting = { by: search.get('sort') ?? 'createdAt', descending: search.get('order') !== 'asc' };
  const [shown, setShown] = useLocalStorage<string[]>({ key: 'dlq.columns', defaultValue: usual });
  const [selected, setSelected] = useState<RowSelectionState>({});
  const [wizard, setWizard] = useState(false);
  const act = useAct();
  const mayOperate = useMay('operate');
  const queries = useQueryClient();
  const key = JSON.stringify([filter, sorting]);
  const query = useInfiniteQuery({
    queryKey: ['letters', 'list', key],
    initialPageParam: { pageSize, cursor: undefined as string | undefined },
    queryFn: ({ pageParam, signal }) => api.get('/api/dlq', { query: { ...filter, sort: sorting.by, order: sorting.descending ? 'desc' : 'asc', ...pageParam }, signal }),
    getNextPageParam: (page, pages) => (page.nextCursor ? { pageSize: pages.length < smallPages ? pageSize : largePageSize, cursor: page.nextCursor } : undefined),
    placeholderData: keepPreviousData,
    refetchOnMount: current => !isLong(current.state.data),
    refetchOnWindowFocus: current => !isLong(current.state.data),
  });
  useEffect(() => setSelected({}), [key]);
  const rows = useMemo(() => query.data?.pages.flatMap(page => page.data) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? 0;
  const { fetchNextPage, hasNextPage, isFetching } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const visible = useMemo(() => columns.filter(column => shown.includes(column.id!)), [shown]);
  const ids = Object.keys(selected).filter(id => selected[id]);
  const filtered = Object.keys(filter).length > 0;

  const each = async (ids: string[], run: (id: string) => Promise<unknown>) => {
    const failed: string[] = [];
    // A few at a time: the browser has few connections, and one of them is the stream.
    for (let at = 0; at < ids.length; at += 4) {
      const results = await Promise.allSettled(ids.slice(at, at + 4).map(run));
      results.forEach((result, index) => result.status === 'rejected' && failed.push(ids[at + index]!));
    }
    setSelected(Object.fromEntries(failed.map(id => [id, true])));
    await queries.invalidateQueries({ queryKey: ['letters'] });
    if (failed.length) throw new Error(`${plural(failed.length, 'letter')} of ${ids.length} could not be changed: they are still selected. A letter that is resolved or under replay is left alone.`);
  };
  const replay = () =>
    act({
      title: `Replay ${plural(ids.length, 'letter')}?`,
      about: `${plural(ids.length, 'dead letter')} will be sent again now, as ${ids.length === 1 ? 'it was' : 'they were'}.`,
      verb: `Replay ${count(ids.length)}`,
      run: reason => each(ids, id => api.post('/api/dlq/{id}/replay', { path: { id }, body: { reason } })),
    });
  const discard = () =>
    act({
      title: `Discard ${plural(ids.length, 'letter')}?`,
      about: `${plural(ids.length, 'dead letter')} will be settled without being delivered.`,
      verb: `Discard ${count(ids.length)}`,
      danger: true,
      run: reason => each(ids, id => send('POST', `/api/dlq/${id}/discard`, { reason })),
    });

  return (
    <Page
      title="Dead letters"
      hint={query.data ? `${plural(total, 'letter')}${filtered ? `: ${inWords(filter)}` : ''}` : undefined}
      actions={
        <>
          {mayOperate && (
            <Button variant="default" size="sm" leftSection={<IconDownload size={16} />} component="a" href={`/api/dlq/export?${new URLSearchParams(filter as Record<string, string>)}`}>
              Export
            </Button>
          )}
          <Allowed role="operate">
            <Button size="sm" leftSection={<IconPlayerPlay size={16} />} onClick={() => setWizard(true)} disabled={total === 0}>
              Replay {filtered ? 'these' : 'many'}
            </Button>
          </Allowed>
        </>
      }
    >
      <Card>
        <FilterBar filter={filter} change={change} />
      </Card>
      <section className="card" style={{ overflow: 'hidden' }}>
        <Group justify="space-between" px="md" py={8} mih={48} style={{ borderBottom: '1px solid var(--dlq-line)' }}>
          {ids.length > 0 ? (
            <Group gap="xs" role="status">
              <Text size="sm" fw={550}>
                {count(ids.length)} selected
              </Text>
              <Allowed role="operate">
                <Button size="compact-sm" variant="light" leftSection={<IconPlayerPlay size={14} />} onClick={replay}>
                  Replay
                </Button>
              </Allowed>
              <Allowed role="operate">
                <Button size="compact-sm" variant="light" color="red" leftSection={<IconTrash size={14} />} onClick={discard}>
                  Discard
                </Button>
              </Allowed>
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setSelected({})}>
                None
              </Button>
            </Group>
          ) : (
            <Text size="sm" c="dimmed" component="div">
              {query.data ? `${count(rows.length)} of ${count(total)} loaded` : ' '}
              {isLong(query.data) && (
                <Button size="compact-sm" variant="subtle" ml="xs" onClick={() => void queries.resetQueries({ queryKey: ['letters', 'list', key], exact: true })}>
                  Read anew
                </Button>
              )}
            </Text>
          )}
          <Columns shown={shown} setShown={setShown} />
        </Group>
        {query.data ? (
          rows.length > 0 ? (
            <Table
              label="Dead letters"
              rows={rows}
              columns={visible}
              rowId={letter => letter.messageId}
              sorting={sorting}
              onSort={next => change({ sort: next.by, order: next.descending ? undefined : 'asc' })}
              selected={selected}
              onSelect={setSelected}
              more={more}
              total={total}
            />
          ) : filtered ? (
            <Empty icon={IconFilterOff} title="No letter matches">
              Fewer filters find more.
            </Empty>
          ) : (
            <Empty icon={IconMoodSmile} title="No dead letters">
              Everything was delivered, or still is on its way. What cannot be delivered will be kept here, with its reason.
            </Empty>
          )
        ) : query.error ? (
          <Failure error={query.error} retry={() => void query.refetch()} />
        ) : (
          <Loading rows={8} height={30} />
        )}
      </section>
      {wizard && <ReplayWizard filter={filter} close={() => setWizard(false)} />}
    </Page>
  );
}

function Columns({ shown, setShown }: { shown: string[]; setShown: (shown: string[]) => void }) {
  return (
    <Popover position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-sm" leftSection={<IconColumns3 size={15} />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          {columns.slice(1).map(column => {
            const on = shown.includes(column.id!);
            return <Checkbox key={column.id} size="xs" label={String(column.header)} checked={on} onChange={() => setShown(on ? shown.filter(id => id !== column.id) : [...shown, column.id!])} />;
          })}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
