import { Badge, Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { IconStack2 } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { address, ApiError, send } from '../api/client';
import type { GroupPage, LetterGroup } from '../api/types';
import { Allowed } from '../ui/access';
import { Card, Empty, Loaded, Page, State, Time, To } from '../ui/basics';
import { Refusal } from '../ui/dialogs';
import { compact, plural } from '../ui/format';
import { Table, type Column } from '../ui/table';

const by = [
  { value: 'fingerprint', label: 'Kind of error' },
  { value: 'errorType', label: 'Error type' },
  { value: 'target', label: 'Downstream' },
  { value: 'source', label: 'Source' },
];

async function read(kind: string, signal: AbortSignal): Promise<GroupPage> {
  try {
    return (await (await send('GET', address('/api/dlq/groups', { query: { by: kind, pageSize: 200 } }), undefined, signal)).json()) as GroupPage;
  } catch (error) {
    // A service without groups takes the word for the id of a letter.
    throw error instanceof ApiError && error.status === 404 ? new ApiError(404, { type: '/problems/not-found' }) : error;
  }
}

/** What people say of a group: who looks after it, what is known, and whether it is over. */
function Editor({ group, close }: { group: LetterGroup; close: () => void }) {
  const [owner, setOwner] = useState(group.mark?.owner ?? '');
  const [note, setNote] = useState(group.mark?.note ?? '');
  const [muted, setMuted] = useState(group.mark?.muted ?? false);
  const [resolved, setResolved] = useState(group.state === 'resolved');
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      send('PATCH', address('/api/dlq/groups', { query: { by: group.kind } }) + `&name=${encodeURIComponent(group.name)}`, {
        owner: owner.trim(), note: note.trim(), muted, ...(resolved === (group.state === 'resolved') ? {} : { resolved }), reason: reason.trim() || null,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['letters'] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={<Text fw={600}>About this group</Text>} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {plural(group.open, 'open letter')}: {group.sampleError}
          </Text>
          <TextInput label="Owner" description="Who looks after it." value={owner} maxLength={200} onChange={event => setOwner(event.currentTarget.value)} data-autofocus />
          <Textarea label="Note" description="What is known of it. It stays when its letters are replayed." autosize minRows={2} maxLength={4000} value={note} onChange={event => setNote(event.currentTarget.value)} />
          <Checkbox label="Muted: nobody wants to hear of it" checked={muted} onChange={event => setMuted(event.currentTarget.checked)} />
          <Checkbox label="Resolved: its cause is gone. Should it come back, it is shown as regressed." checked={resolved} onChange={event => setResolved(event.currentTarget.checked)} />
          <TextInput label="Reason" value={reason} maxLength={200} onChange={event => setReason(event.currentTarget.value)} />
          <Refusal error={save.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const columnsOf = (kind: string, edit: (group: LetterGroup) => void): Column<LetterGroup>[] => [
  { id: 'open', header: 'Open', width: '70px', cell: ({ row }) => <b className="numbers">{compact(row.original.open)}</b> },
  { id: 'all', header: 'All', width: '70px', cell: ({ row }) => compact(row.original.count) },
  { id: 'name', header: by.find(each => each.value === kind)?.label ?? kind, width: '144px', cell: ({ row }) => <To href={`/dead-letters?${kind}=${encodeURIComponent(row.original.name)}`}>{row.original.name || '(none)'}</To> },
  { id: 'sample', header: 'For example', width: 'minmax(120px, 3fr)', cell: ({ row }) => <span title={row.original.sampleError}>{row.original.sampleError || '–'}</span> },
  {
    id: 'state', header: 'State', width: '140px', cell: ({ row }) => (
      <Group gap={8} wrap="nowrap">
        <State name={row.original.state === 'active' ? 'open' : row.original.state} word={row.original.state === 'active' ? 'Active' : undefined} />
        {row.original.mark?.muted && <Badge variant="light" color="gray" tt="none">muted</Badge>}
      </Group>
    ),
  },
  { id: 'owner', header: 'Owner', width: '90px', cell: ({ row }) => <span title={row.original.mark?.note ?? ''}>{row.original.mark?.owner ?? '–'}</span> },
  { id: 'last', header: 'Last', width: '76px', cell: ({ row }) => <Time at={row.original.lastSeen} /> },
  { id: 'edit', header: ' ', width: '70px', cell: ({ row }) => <Allowed role="operate"><Button size="compact-xs" variant="default" aria-label={`Change ${row.original.name}`} onClick={() => edit(row.original)}>Change</Button></Allowed> },
];

export default function Groups() {
  const [search, setSearch] = useSearchParams();
  const [edited, setEdited] = useState<LetterGroup | null>(null);
  const kind = search.get('by') ?? 'fingerprint';
  const query = useQuery({
    queryKey: ['letters', 'groups', kind],
    queryFn: ({ signal }) => read(kind, signal),
  });
  const columns = useMemo(() => columnsOf(kind, setEdited), [kind]);
  return (
    <Page title="Groups" hint="Failures of the same kind, counted together: mend one cause, replay them all.">
      <div style={{ maxWidth: '100%', overflowX: 'auto' }}>
        <SegmentedControl value={kind} onChange={value => setSearch({ by: value }, { replace: true })} data={by} aria-label="Group by" />
      </div>
      <Card p={0}>
        <Loaded query={query}>
          {page =>
            page.data.length === 0 ? (
              <Empty icon={IconStack2} title="No failures">
                Dead letters that failed alike will be counted together here.
              </Empty>
            ) : (
              <Table label="Groups of dead letters" rows={page.data} columns={columns} rowId={group => group.name} total={page.total} />
            )
          }
        </Loaded>
      </Card>
      {edited && <Editor group={edited} close={() => setEdited(null)} />}
    </Page>
  );
}
