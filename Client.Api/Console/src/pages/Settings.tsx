import { Badge, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api, ApiError, type Schemas } from '../api/client';
import { Card, Empty, Loaded, Page, State } from '../ui/basics';
import { duration } from '../ui/format';

type Setting = Schemas['SettingAnswer'];

function Health() {
  const query = useQuery({
    queryKey: ['health'],
    queryFn: async ({ signal }) => {
      try {
        return await api.get('/api/health', { signal });
      } catch (error) {
        // A sick service answers with 503 and the same document.
        if (error instanceof ApiError && 'stores' in error.problem) return error.problem as unknown as Schemas['HealthAnswer'];
        throw error;
      }
    },
    refetchInterval: 5_000,
  });
  return (
    <Card title="Health">
      <Loaded query={query} rows={2}>
        {health => (
          <>
            <Group justify="space-between">
              <State name={health.status} />
              <Text size="sm" c="dimmed">
                version {health.version}, running for {duration(health.uptimeSeconds)}
              </Text>
            </Group>
            <dl className="fields">
              {health.stores.map(store => (
                <div key={store.name} style={{ display: 'contents' }}>
                  <dt>{store.name}</dt>
                  <dd>
                    <State name={store.status} />
                    {store.detail && <Text size="sm" c="dimmed">{store.detail}</Text>}
                  </dd>
                </div>
              ))}
            </dl>
          </>
        )}
      </Loaded>
    </Card>
  );
}

export default function Settings() {
  const [words, setWords] = useState('');
  const query = useQuery({ queryKey: ['settings'], queryFn: ({ signal }) => api.get('/api/settings', { signal }) });
  const sections = useMemo(() => {
    const found = new Map<string, Setting[]>();
    for (const setting of query.data?.data ?? []) {
      if (!setting.name.toLowerCase().includes(words.trim().toLowerCase())) continue;
      const section = setting.name.split(':')[0]!;
      found.set(section, [...(found.get(section) ?? []), setting]);
    }
    return [...found];
  }, [query.data, words]);
  return (
    <Page title="Settings" hint="The configuration in force. It is changed where the service is started; secrets are not shown.">
      <Health />
      <TextInput aria-label="Find a setting" placeholder="Find a setting" leftSection={<IconSearch size={16} aria-hidden />} value={words} onChange={event => setWords(event.currentTarget.value)} maw={360} />
      <Loaded query={query}>
        {() =>
          sections.length === 0 ? (
            <Empty title="No such setting" />
          ) : (
            <Stack gap="md">
              {sections.map(([section, settings]) => (
                <Card key={section} title={section}>
                  <dl className="fields">
                    {settings.map(setting => (
                      <div key={setting.name} style={{ display: 'contents' }}>
                        <dt>{setting.name.slice(section.length + 1)}</dt>
                        <dd>
                          <Group gap="xs">
                            <span>{setting.value || '–'}</span>
                            {!setting.isDefault && (
                              <Badge size="sm" variant="light" tt="none">
                                set
                              </Badge>
                            )}
                          </Group>
                        </dd>
                      </div>
                    ))}
                  </dl>
                </Card>
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}
