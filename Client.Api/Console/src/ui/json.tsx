import { CopyButton, Group, SegmentedControl, Button, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';

const pretty = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';

function Leaf({ value }: { value: unknown }) {
  const kind = typeof value === 'string' ? 'text' : typeof value === 'number' ? 'number' : 'other';
  return <span className={kind}>{JSON.stringify(value)}</span>;
}

function Node({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  const key = name === undefined ? null : <span className="key">{name}: </span>;
  if (value === null || typeof value !== 'object') {
    return (
      <div>
        {key}
        <Leaf value={value} />
      </div>
    );
  }
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return (
      <div>
        {key}
        {open + close}
      </div>
    );
  }
  return (
    <details open={depth < 3}>
      <summary>
        {key}
        {open}
        <span className="other">
          {' '}
          {entries.length} {close}
        </span>
      </summary>
      <div className="inner">
        {entries.slice(0, 500).map(([each, inner]) => (
          <Node key={each} name={each} value={inner} depth={depth + 1} />
        ))}
        {entries.length > 500 && <div>… {entries.length - 500} more; see the raw text.</div>}
      </div>
    </details>
  );
}

/** A JSON value, as a tree or as text. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const [form, setForm] = useState('tree');
  const text = useMemo(() => pretty(value), [value]);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <SegmentedControl size="xs" value={form} onChange={setForm} data={[{ value: 'tree', label: 'Tree' }, { value: 'raw', label: 'Raw' }]} aria-label={`Form of ${label}`} />
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-xs" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
      {form === 'raw' ? (
        <pre className="code" tabIndex={0} aria-label={label}>
          {text}
        </pre>
      ) : (
        <div className="tree">
          <Node value={value} depth={0} />
        </div>
      )}
    </Stack>
  );
}

type Line = { kind: 'same' | 'added' | 'removed'; text: string };

const mostLines = 2_000;

/** The lines that differ, by their longest common subsequence. */
export function diffLines(before: string[], after: string[]): Line[] {
  if (before.length * after.length > mostLines * mostLines) {
    return [...before.map((text): Line => ({ kind: 'removed', text })), ...after.map((text): Line => ({ kind: 'added', text }))];
  }
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ kind: 'same', text: before[i]! });
      i++;
      j++;
    } else if (j >= after.length || (i < before.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      lines.push({ kind: 'removed', text: before[i++]! });
    } else {
      lines.push({ kind: 'added', text: after[j++]! });
    }
  }
  return lines;
}

const marks = { same: ' ', added: '+', removed: '−' };

/** What an edit changes. */
export function Diff({ before, after }: { before: unknown; after: unknown }) {
  const lines = useMemo(() => diffLines(pretty(before).split('\n'), pretty(after).split('\n')), [before, after]);
  return (
    <div className="diff" role="group" aria-label="What the edit changes" tabIndex={0}>
      {lines.map((line, index) => (
        <div key={index} className={line.kind}>
          {marks[line.kind]} {line.text}
        </div>
      ))}
    </div>
  );
}
