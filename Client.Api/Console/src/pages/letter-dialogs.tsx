import { Button, Group, JsonInput, Modal, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, type FormEvent } from 'react';
import { api, send } from '../api/client';
import type { Letter } from '../api/types';
import { Refusal } from '../ui/dialogs';
import { Diff } from '../ui/json';

/** Changes the payload or the downstream, shows what that changes, and replays. */
export function ReplayEditor({ letter, close }: { letter: Letter; close: () => void }) {
  const original = letter.originalMessage.payload ?? null;
  const [text, setText] = useState(() => JSON.stringify(original, null, 2));
  const [target, setTarget] = useState('');
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { value, broken } = useMemo(() => {
    try {
      return { value: JSON.parse(text) as unknown, broken: null };
    } catch (error) {
      return { value: null, broken: (error as Error).message };
    }
  }, [text]);
  const edited = !broken && JSON.stringify(value) !== JSON.stringify(original);
  const replay = useMutation({
    mutationFn: () =>
      api.post('/api/dlq/{id}/replay', {
        path: { id: letter.messageId },
        body: { ...(edited ? { payload: value } : {}), ...(target.trim() ? { target: target.trim() } : {}), reason: reason.trim() },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['letters'] });
      close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!broken) replay.mutate();
  };
  return (
    <Modal opened onClose={close} size="xl" title={<Text fw={600}>Edit and replay</Text>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack>
          <JsonInput label="Payload" value={text} onChange={setText} autosize minRows={6} maxRows={18} error={broken} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }} />
          {edited && (
            <div>
              <Text size="sm" fw={550} mb={6}>
                What changes
              </Text>
              <Diff before={original} after={value} />
            </div>
          )}
          <TextInput label="Send it to another downstream" placeholder={letter.metadata.target} value={target} onChange={event => setTarget(event.currentTarget.value)} />
          <Textarea label="Reason" description="It is kept with the act." required autosize minRows={2} maxLength={200} value={reason} onChange={event => setReason(event.currentTarget.value)} />
          <Text size="sm" c="dimmed">
            One letter is sent once, {edited ? 'with the edited payload' : 'as it was'}, to {target.trim() || letter.metadata.target}. The original is kept.
          </Text>
          <Refusal error={replay.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit" loading={replay.isPending} disabled={broken !== null || !reason.trim()}>
              Replay the letter
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Adds a note to a letter. */
export function Noted({ id, close }: { id: string; close: () => void }) {
  const [text, setText] = useState('');
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () => send('POST', `/api/dlq/${id}/notes`, { text: text.trim() }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['letters'] });
      close();
    },
  });
  return (
    <Modal opened onClose={close} title={<Text fw={600}>Add a note</Text>} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack>
          <Textarea label="Note" required autosize minRows={3} maxLength={4000} value={text} onChange={event => setText(event.currentTarget.value)} data-autofocus />
          <Refusal error={add.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={add.isPending} disabled={!text.trim()}>
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
