import { Alert, Button, Checkbox, Group, Modal, NumberInput, SimpleGrid, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { post, type Block, type Preview } from '../api/types';
import { Loaded, Time } from './basics';
import { Refusal } from './dialogs';
import { inWords, type Filter } from './filters';
import { count, duration, plural } from './format';

const reasons: Record<Block['reason'], string> = {
  breakerOpen: 'its circuit breaker is open',
  paused: 'its delivery is paused',
  windowClosed: 'its off-peak window is closed',
  unknownTarget: 'there is no such downstream any more',
};

export function Blocks({ blocks }: { blocks: Block[] }) {
  if (blocks.length === 0) return null;
  return (
    <Alert color="orange" variant="light" title="It waits by itself">
      {blocks.map(block => (
        <div key={block.target}>
          {block.target}: {reasons[block.reason]}
          {block.until && (
            <>
              , until <Time at={block.until} />
            </>
          )}
        </div>
      ))}
    </Alert>
  );
}

/** Dry run, then the plan, then the job. */
export function ReplayWizard({ filter, close }: { filter: Filter; close: () => void }) {
  const [rate, setRate] = useState<number | string>(10);
  const [concurrent, setConcurrent] = useState<number | string>(10);
  const [ramp, setRamp] = useState(true);
  const [reason, setReason] = useState('');
  const [, go] = useLocation();
  const plan = { filter, ratePerSecond: Number(rate) || undefined, maxConcurrent: Number(concurrent) || undefined, ramp };
  const preview = useQuery({
    queryKey: ['replays', 'preview', JSON.stringify(plan)],
    queryFn: () => post<Preview>('/api/dlq/replay-batch', { ...plan, dryRun: true }),
    placeholderData: before => before,
    retry: false,
    staleTime: 0,
  });
  const start = useMutation({
    mutationFn: () => post<{ jobId: string }>('/api/dlq/replay-batch', { ...plan, reason: reason.trim() }),
    onSuccess: ({ jobId }) => go(`/replays/${jobId}`),
  });
  const matched = preview.data?.matched ?? 0;
  return (
    <Modal opened onClose={close} size="lg" title={<Text fw={600}>Replay many</Text>} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            Which: {inWords(filter)}. Letters that come later are not touched.
          </Text>
          <Loaded query={preview} rows={3}>
            {data => (
              <>
                <SimpleGrid cols={{ base: 1, xs: 3 }}>
                  <div>
                    <Text size="sm" c="dimmed">
                      Letters
                    </Text>
                    <Text fz={26} fw={620} className="numbers" data-testid="matched">
                      {count(data.matched)}
                    </Text>
                  </div>
                  <div>
                    <Text size="sm" c="dimmed">
                      Takes about
                    </Text>
                    <Text fz={26} fw={620} className="numbers">
                      {duration(data.estimatedSeconds)}
                    </Text>
                  </div>
                  <div>
                    <Text size="sm" c="dimmed">
                      To
                    </Text>
                    {data.byTarget.slice(0, 4).map(target => (
                      <Text key={target.name} size="sm" className="numbers">
                        {target.name}: {count(target.count)}
                      </Text>
                    ))}
                    {data.byTarget.length > 4 && <Text size="sm">and {data.byTarget.length - 4} more</Text>}
                  </div>
                </SimpleGrid>
                <Blocks blocks={data.blockedBy} />
              </>
            )}
          </Loaded>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberInput label="Replays a second" min={0.1} max={10_000} value={rate} onChange={setRate} />
            <NumberInput label="At most at once" min={1} max={10_000} value={concurrent} onChange={setConcurrent} />
          </SimpleGrid>
          <Checkbox label="Begin slowly, and stop by itself when too many fail again" checked={ramp} onChange={event => setRamp(event.currentTarget.checked)} />
          <Textarea label="Reason" description="It is kept with the job." required autosize minRows={2} maxLength={200} value={reason} onChange={event => setReason(event.currentTarget.value)} />
          <Refusal error={start.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Go back
            </Button>
            <Button type="submit" loading={start.isPending} disabled={!preview.data || matched === 0 || !reason.trim()}>
              Replay {plural(matched, 'letter')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
