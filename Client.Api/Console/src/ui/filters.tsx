import { ActionIcon, Button, Collapse, Group, Popover, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import { IconBookmark, IconFilter, IconSearch, IconTrash } from '@tabler/icons-react';
import { useDebouncedCallback, useLocalStorage } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { wordOf } from './basics';

export const filterNames = ['status', 'errorType', 'source', 'target', 'tag', 'fingerprint', 'from', 'to', 'q'] as const;
export type Filter = Partial<Record<(typeof filterNames)[number], string>>;

const statuses = ['dlq_pending', 'dlq_processing', 'dlq_manual', 'dlq_failed', 'dlq_resolved'];
const errorTypes = ['TIMEOUT_ERROR', 'NETWORK_ERROR', 'RATE_LIMITED', 'SERVER_ERROR', 'CLIENT_ERROR', 'VALIDATION_ERROR', 'UNKNOWN_ERROR'];

/** What the address of the page asks for under some names, and how to change it, so that a view can be shared. */
export function useAddress<Name extends string>(names: readonly Name[]): [Partial<Record<Name, string>>, (change: Record<string, string | undefined>) => void, URLSearchParams] {
  const [search, setSearch] = useSearchParams();
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = search.get(name);
    if (value) found[name] = value;
  }
  const change = (values: Record<string, string | undefined>) =>
    setSearch(
      before => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(values)) {
          if (value) after.set(name, value);
          else after.delete(name);
        }
        return after;
      },
      { replace: true },
    );
  return [found, change, search];
}

/** The filter of letters that the address of the page names. */
export const useFilter = () => useAddress(filterNames);

/** A filter in words. */
export function inWords(filter: Filter): string {
  const parts = Object.entries(filter).map(([name, value]) => (name === 'status' ? wordOf(value) : name === 'q' ? `“${value}”` : `${name} ${value}`));
  return parts.length ? parts.join(', ') : 'all letters';
}

/** A field that tells what is typed once the typing pauses. */
export function Typed({ label, value, placeholder, onChange, search }: { label: string; value: string; placeholder?: string; onChange: (value: string) => void; search?: boolean }) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, 350);
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      label={label}
      value={text}
      placeholder={placeholder}
      leftSection={search ? <IconSearch size={16} aria-hidden /> : undefined}
      onChange={event => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
    />
  );
}

const local = (iso: string | undefined) => (iso ? new Date(new Date(iso).getTime() - new Date(iso).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '');
const utc = (text: string) => (text ? new Date(text).toISOString() : undefined);

export function FilterBar({ filter, change }: { filter: Filter; change: (change: Record<string, string | undefined>) => void }) {
  const hidden = (['source', 'tag', 'fingerprint', 'from', 'to'] as const).filter(name => filter[name]).length;
  const [open, setOpen] = useState(hidden > 0);
  return (
    <div>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" style={{ alignItems: 'end' }}>
        <Typed label="Words or correlation id" value={filter.q ?? ''} placeholder="country missing" search onChange={q => change({ q })} />
        <Select label="Status" clearable placeholder="Any" value={filter.status ?? null} onChange={value => change({ status: value ?? undefined })} data={statuses.map(value => ({ value, label: wordOf(value) }))} clearButtonProps={{ 'aria-label': 'Clear the status' }} />
        <Select label="Error type" clearable placeholder="Any" value={filter.errorType ?? null} onChange={value => change({ errorType: value ?? undefined })} data={errorTypes} clearButtonProps={{ 'aria-label': 'Clear the error type' }} />
        <Typed label="Downstream" value={filter.target ?? ''} placeholder="Any" onChange={target => change({ target })} />
      </SimpleGrid>
      <Collapse expanded={open}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="sm" mt="sm">
          <Typed label="Source" value={filter.source ?? ''} placeholder="Any" onChange={source => change({ source })} />
          <Typed label="Label" value={filter.tag ?? ''} placeholder="Any" onChange={tag => change({ tag })} />
          <Typed label="Fingerprint" value={filter.fingerprint ?? ''} placeholder="Any" onChange={fingerprint => change({ fingerprint })} />
          <TextInput label="From" type="datetime-local" value={local(filter.from)} onChange={event => change({ from: utc(event.currentTarget.value) })} />
          <TextInput label="To" type="datetime-local" value={local(filter.to)} onChange={event => change({ to: utc(event.currentTarget.value) })} />
        </SimpleGrid>
      </Collapse>
      <Group mt="sm" gap="xs">
        <Button variant="subtle" size="xs" leftSection={<IconFilter size={15} />} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Fewer filters' : hidden ? `More filters (${hidden})` : 'More filters'}
        </Button>
        {Object.keys(filter).length > 0 && (
          <Button variant="subtle" color="gray" size="xs" onClick={() => change(Object.fromEntries(filterNames.map(name => [name, undefined])))}>
            Clear
          </Button>
        )}
        <Views />
      </Group>
    </div>
  );
}

type View = { name: string; search: string };

/** Views that this browser keeps: a name for an address. */
function Views() {
  const [views, setViews] = useLocalStorage<View[]>({ key: 'dlq.views', defaultValue: [] });
  const [search] = useSearchParams();
  const [location, go] = useLocation();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState('');
  const save = () => {
    if (!name.trim()) return;
    setViews([...views.filter(view => view.name !== name.trim()), { name: name.trim(), search: search.toString() }]);
    setName('');
  };
  return (
    <Popover width={280} position="bottom-start" opened={opened} onChange={setOpened} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="xs" leftSection={<IconBookmark size={15} />} onClick={() => setOpened(!opened)}>
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="xs" c="dimmed" mb="xs">
          {views.length === 0 ? 'None saved in this browser yet' : 'Saved in this browser'}
        </Text>
        {views.map(view => (
          <Group key={view.name} gap={0} wrap="nowrap">
            <Button
              variant="subtle"
              color="gray"
              size="compact-sm"
              justify="flex-start"
              style={{ flex: 1, minWidth: 0 }}
              onClick={() => {
                setOpened(false);
                go(`${location}?${view.search}`);
              }}
            >
              {view.name}
            </Button>
            <ActionIcon variant="subtle" color="gray" aria-label={`Forget ${view.name}`} onClick={() => setViews(views.filter(each => each.name !== view.name))}>
              <IconTrash size={15} />
            </ActionIcon>
          </Group>
        ))}
        <Group mt="xs" gap={6} wrap="nowrap">
          <TextInput size="xs" aria-label="Name of this view" placeholder="Name of this view" value={name} onChange={event => setName(event.currentTarget.value)} onKeyDown={event => event.key === 'Enter' && save()} style={{ flex: 1 }} />
          <Button size="xs" onClick={save}>
            Save
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
