import { useQuery, useQueryClient } from '@tanstack/react-query';
import { send } from './client';

/** Calls of the grains of one class: how many a second, how many of them fail, and how long one takes in milliseconds; null when there were none. */
export type Calls = { grain: string; perSecond: number; failuresPerSecond: number; meanMs: number | null };

type Totals = Map<string, { calls: number; failures: number; seconds: number }>;
type Sample = { at: number; totals: Totals; rates: Calls[] | null };

const line = /^grain_(calls|call_failures|call_seconds)_total\{.*?grain="([^"]*)".*?\} (\S+)/gm;
const members = { calls: 'calls', call_failures: 'failures', call_seconds: 'seconds' } as const;
const key = ['calls'];

function read(text: string): Totals {
  const totals: Totals = new Map();
  for (const [, name, grain, value] of text.matchAll(line)) {
    const entry = totals.get(grain!) ?? { calls: 0, failures: 0, seconds: 0 };
    entry[members[name as keyof typeof members]] += Number(value);
    totals.set(grain!, entry);
  }
  return totals;
}

/** What has happened between two samples. A process that was started anew counts from nothing. */
function between(before: Sample | undefined, totals: Totals, at: number): Calls[] | null {
  if (!before) return null;
  const seconds = (at - before.at) / 1_000;
  return [...totals]
    .map(([grain, now]) => {
      const then = before.totals.get(grain);
      const last = then && then.calls <= now.calls ? then : { calls: 0, failures: 0, seconds: 0 };
      const calls = now.calls - last.calls;
      return { grain, perSecond: calls / seconds, failuresPerSecond: (now.failures - last.failures) / seconds, meanMs: calls > 0 ? (1_000 * (now.seconds - last.seconds)) / calls : null };
    })
    .sort((a, b) => b.perSecond - a.perSecond || a.grain.localeCompare(b.grain));
}

/** The calls of grains in the process that answers, from its metrics: they are null until two samples are there. */
export function useCalls(everyMs: number) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: key,
    queryFn: async ({ signal }): Promise<Sample> => {
      const totals = read(await (await send('GET', '/metrics', undefined, signal)).text());
      const at = performance.now();
      return { at, totals, rates: between(queries.getQueryData<Sample>(key), totals, at) };
    },
    refetchInterval: everyMs,
    structuralSharing: false,
  });
}
