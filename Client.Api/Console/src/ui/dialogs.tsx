import { Alert, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { createContext, useContext, useState, type FormEvent, type ReactNode } from 'react';
import { ApiError } from '../api/client';

/** An error of an act, beside the button that began it. */
export function Refusal({ error }: { error: Error | null }) {
  if (!error) return null;
  const known = error instanceof ApiError;
  return (
    <Alert color="red" variant="light" role="alert" title={known ? error.problem.title : 'It did not work.'}>
      {known && error.fields ? error.fields : error.message}
    </Alert>
  );
}

type Act = {
  title: string;
  /** What it does, and to how many. */
  about: ReactNode;
  verb: string;
  danger?: boolean;
  extra?: ReactNode;
  run: (reason: string) => Promise<unknown>;
};

const Ask = createContext<(act: Act) => void>(() => {});

/** Asks for a reason and a confirmation before an act. */
export const useAct = () => useContext(Ask);

export function ActDialogs({ children }: { children: ReactNode }) {
  const [act, setAct] = useState<Act | null>(null);
  return (
    <Ask.Provider value={setAct}>
      {children}
      {act && <ActDialog act={act} close={() => setAct(null)} />}
    </Ask.Provider>
  );
}

function ActDialog({ act, close }: { act: Act; close: () => void }) {
  const [reason, setReason] = useState('');
  const run = useMutation({ mutationFn: () => act.run(reason.trim()), onSuccess: close });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run.mutate();
  };
  return (
    <Modal opened onClose={close} title={<Text fw={600}>{act.title}</Text>} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm" component="div">
            {act.about}
          </Text>
          {act.extra}
          <Textarea label="Reason" description="It is kept with the act." required autosize minRows={2} maxLength={200} value={reason} onChange={event => setReason(event.currentTarget.value)} data-autofocus />
          <Refusal error={run.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit" color={act.danger ? 'red' : undefined} loading={run.isPending} disabled={!reason.trim()}>
              {act.verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
