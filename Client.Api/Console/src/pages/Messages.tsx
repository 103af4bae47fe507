import { Button, Group, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { Card, Empty, Id, LetterState, Loaded, Page, Time, To } from '../ui/basics';
import { Table, type Column } from '../ui/table';
import type { Letter } from '../api/types';

const uuid = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

const columns: Column<Letter>[] = [
  { id: 'id', header: 'Message', width: '150px', cell: ({ row }) => <Id id={row.original.messageId} href={`/messages/${row.original.messageId}`} /> },
  { id: 'status', header: 'Dead letter', width: '150px', cell: ({ row }) => <LetterState letter={row.original} /> },
  { id: 'target', header: 'Downstream', cell: ({ row }) => row.original.metadata.target },
  { id: 'correlation', header: 'Correlation id', cell: ({ row }) => row.original.metadata.correlationId ?? '–' },
  { id: 'at', header: 'Accepted', width: '110px', cell: ({ row }) => <Time at={row.original.originalMessage.acceptedAt} /> },
];

export default function Messages() {
  const [, go] = useLocation();
  const [text, setText] = useState('');
  const [words, setWords] = useState('');
  const found = useQuery({
    queryKey: ['letters', 'find', words],
    queryFn: ({ signal }) => api.get('/api/dlq', { query: { q: words, pageSize: 50 }, signal }),
    enabled: words !== '',
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    if (uuid.test(wanted)) go(`/messages/${wanted}`);
    else setWords(wanted);
  };
  return (
    <Page title="Messages" hint="Where is it, and what happened to it?">
      <Card>
        <form onSubmit={submit} role="search">
          <Group align="flex-end" gap="sm">
            <TextInput
              style={{ flex: 1, minWidth: 220 }}
              label="Message id, correlation id, or words of a failed one"
              placeholder="01a20116-5519-70ea-ac93-15dc670728a6"
              value={text}
              onChange={event => setText(event.currentTarget.value)}
              leftSection={<IconSearch size={16} aria-hidden />}
              required
            />
            <Button type="submit">Find</Button>
          </Group>
        </form>
      </Card>
      <Card p={words ? 0 : 'lg'}>
        {words ? (
          <Loaded query={found}>
            {page =>
              page.data.length === 0 ? (
                <Empty icon={IconSearch} title="Nothing found">
                  No dead letter has these words in its correlation id, error or payload. A message that did not fail is found by its id alone.
                </Empty>
              ) : (
                <Table label="Messages found" rows={page.data} columns={columns} rowId={letter => letter.messageId} total={page.total} />
              )
            }
          </Loaded>
        ) : (
          <Empty icon={IconSearch} title="Look for a message">
            The answer to <code>POST /api/messages</code> names its id. What failed is listed under <To href="/dead-letters">dead letters</To>.
          </Empty>
        )}
      </Card>
    </Page>
  );
}
