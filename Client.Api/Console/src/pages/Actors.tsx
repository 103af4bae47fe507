import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api/client';
import { useCalls, type Calls } from '../api/calls';
import { useLive } from '../api/live';
import { Card, Empty, Loaded, Page } from '../ui/basics';
import { bytes, count, duration, plural, rate } from '../ui/format';

const everyMs = 3_000;

/** How much the grains are called, and how long that takes. */
function CallsCard() {
  const query = useCalls(everyMs);
  return (
    <Card title="Calls a second" aside={<Text size="sm" c="dimmed">this process</Text>}>
      <Loaded query={query} rows={3}>
        {({ rates }) =>
          rates === null ? (
            <Text size="sm" c="dimmed">
              Counting
            </Text>
          ) : rates.length === 0 ? (
            <Empty title="No grains here">This process calls those of the silos.</Empty>
          ) : (
            <CallsTable calls={rates} />
          )
        }
      </Loaded>
    </Card>
  );
}

function CallsTable({ calls }: { calls: Calls[] }) {
  return (
    <table className="figures numbers">
      <thead>
        <tr>
          <th scope="col">Grain</th>
          <th scope="col">Calls</th>
          <th scope="col">Failed</th>
          <th scope="col">Takes</th>
        </tr>
      </thead>
      <tbody>
        {calls.map(({ grain, perSecond, failuresPerSecond, meanMs }) => (
          <tr key={grain}>
            <th scope="row">{grain}</th>
            <td>{rate(perSecond)}/s</td>
            <td>{failuresPerSecond > 0 ? `${rate(failuresPerSecond)}/s` : '–'}</td>
            <td>{meanMs === null ? '–' : `${meanMs.toFixed(meanMs < 10 ? 1 : 0)} ms`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export default function Actors() {
  const { live } = useLive();
  const query = useQuery({ queryKey: ['actors'], queryFn: ({ signal }) => api.get('/api/actors', { signal }), refetchInterval: everyMs });
  const resources = useQuery({ queryKey: ['resources'], queryFn: ({ signal }) => api.get('/api/system/resources', { signal }), refetchInterval: everyMs });
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
        <Stack gap="md">
          <CallsCard />
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
        </Stack>
      </SimpleGrid>
    </Page>
  );
}
