import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { useLive } from '../api/live';
import { Card, Empty, Loaded, Page } from '../ui/basics';
import { bytes, count, duration, plural } from '../ui/format';

export default function Actors() {
  const { live } = useLive();
  const query = useQuery({ queryKey: ['actors'], queryFn: ({ signal }) => api.get('/api/actors', { signal }), refetchInterval: 3_000 });
  const resources = useQuery({ queryKey: ['resources'], queryFn: ({ signal }) => api.get('/api/system/resources', { signal }), refetchInterval: 3_000 });
  return (
    <Page title="Actors" hint={query.data && `${plural(query.data.activations, 'grain')} active in ${plural(query.data.data.length, 'silo')}`}>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
        <Stack gap="md">
          <Loaded query={query}>
            {actors =>
              actors.data.length === 0 ? (
                <Card>
                  <Empty title="No silo is active">Grains are made as they are needed.</Empty>
                </Card>
              ) : (
                actors.data.map(silo => {
                  const most = Math.max(1, ...silo.types.map(type => type.activations));
                  return (
                    <Card key={silo.address} title={silo.address} aside={<Text size="sm" c="dimmed">{count(silo.activations)}</Text>}>
                      {silo.types.map(type => (
                        <div key={type.type}>
                          <Group justify="space-between" mb={4}>
                            <Text size="sm">{type.type}</Text>
                            <Text size="sm" className="numbers">
                              {count(type.activations)}
                            </Text>
                          </Group>
                          <div aria-hidden style={{ height: 6, borderRadius: 3, background: 'var(--dlq-line)' }}>
                            <div style={{ height: 6, borderRadius: 3, width: `${Math.max(1, (100 * type.activations) / most)}%`, background: 'var(--mantine-color-indigo-5)' }} />
                          </div>
                        </div>
                      ))}
                    </Card>
                  );
                })
              )
            }
          </Loaded>
        </Stack>
        <Card title={`This process${live ? `: ${live.system.process.silo}` : ''}`}>
          <Loaded query={resources}>
            {process => (
              <dl className="fields numbers">
                <dt>Running for</dt>
                <dd>{duration(process.uptimeSeconds)}</dd>
                <dt>Processor</dt>
                <dd>
                  {process.cpuPercent.toFixed(0)} % of {process.processors * 100} %
                </dd>
                <dt>Memory</dt>
                <dd>
                  {bytes(process.memoryBytes)} of {bytes(process.memoryLimitBytes)}
                </dd>
                <dt>Managed heap</dt>
                <dd>{bytes(process.heapBytes)}</dd>
                <dt>Collections</dt>
                <dd>{process.gcCollections.join(' / ')}</dd>
                <dt>Threads</dt>
                <dd>
                  {process.threads}, {plural(process.pendingWorkItems, 'work item')} waiting
                </dd>
              </dl>
            )}
          </Loaded>
        </Card>
      </SimpleGrid>
    </Page>
  );
}
