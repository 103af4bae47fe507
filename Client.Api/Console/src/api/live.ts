import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { api, send, type Schemas } from './client';
import { session } from './session';

export type Live = Schemas['LiveAnswer'];
export type RatePoint = Schemas['RatePoint'];

/** How the page hears of changes: as they happen, by asking every five seconds, or not at all. */
export type Link = 'connecting' | 'live' | 'polling' | 'down';

/** How many dead letters were not resolved at a moment. */
type Backlog = { at: number; letters: number };

type State = { link: Link; live: Live | null; history: RatePoint[]; backlog: Backlog[]; since: number };

const pollMs = 5_000;
const retryMs = 10_000;
// The stream speaks every second; silence means that it is dead, whatever TCP believes.
const silenceMs = 6_000;
const keepPoints = 450;
const freshPages = 3;
const backlogStepMs = 5_000;
const keepBacklogMs = 300_000;

const listeners = new Set<() => void>();
let state: State = { link: 'connecting', live: null, history: [], backlog: [], since: Date.now() };

function set(change: Partial<State>) {
  state = { ...state, ...change, since: change.link && change.link !== state.link ? Date.now() : state.since };
  for (const listener of listeners) listener();
}

export function useLive(): State {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}

/** Whether a list has been read so far that reading it anew at each change would be too much: a person asks for it. */
export const isLong = (data: unknown) => ((data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) > freshPages;

/** Dead letters that are not resolved. */
export const unresolved = ({ system: { dlq } }: Live) => dlq.total - (dlq.byStatus.dlq_resolved ?? 0);

/** The backlog of the last minutes, the newest replaced until it is old enough to stay. */
function noted(before: Backlog[], now: Backlog): Backlog[] {
  const last = before.at(-2);
  const kept = last && now.at - last.at < backlogStepMs ? before.slice(0, -1) : before;
  return [...kept.filter(each => now.at - each.at <= keepBacklogMs), now];
}

/** In how many seconds the dead letters are gone if it goes on like this: infinite when they do not get fewer, null when that is not known yet. */
export function secondsToDrain(backlog: Backlog[]): number | null {
  const [first, now] = [backlog[0], backlog.at(-1)];
  if (!first || !now || now.at - first.at < backlogStepMs) return null;
  const fewer = first.letters - now.letters;
  return now.letters === 0 ? 0 : fewer <= 0 ? Infinity : (now.letters * (now.at - first.at)) / 1_000 / fewer;
}

function accept(live: Live, queries: QueryClient) {
  const before = state.live;
  const last = state.history.at(-1);
  const history = last && last.at >= live.rates.at ? state.history : [...state.history, live.rates].slice(-keepPoints);
  set({ live, history, backlog: noted(state.backlog, { at: Date.now(), letters: unresolved(live) }) });
  const changed = (pick: (value: Live) => unknown) => !before || JSON.stringify(pick(before)) !== JSON.stringify(pick(live));
  if (changed(value => value.system.dlq)) void queries.invalidateQueries({ queryKey: ['letters'], predicate: query => !isLong(query.state.data) });
  if (changed(value => value.system.breakers.map(breaker => [breaker.name, breaker.state, breaker.mode]))) void queries.invalidateQueries({ queryKey: ['breakers'] });
  if (changed(value => [value.system.deliveryPaused, value.system.breakersTotal])) void queries.invalidateQueries({ queryKey: ['downstreams'] });
}

/** Reads server-sent events until the stream ends, is silent for too long, or is aborted. */
async function listen(queries: QueryClient, signal: AbortSignal) {
  const response = await send('GET', '/api/events', undefined, signal);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  while (!signal.aborted) {
    let timer = 0;
    const silence = new Promise<never>((_, reject) => {
      timer = window.setTimeout(() => reject(new Error('silence')), silenceMs);
    });
    const { value, done } = await Promise.race([reader.read(), silence]).finally(() => window.clearTimeout(timer));
    if (done) return;
    buffer += value;
    const events = buffer.split('\n\n');
    buffer = events.pop() ?? '';
    for (const event of events) {
      const data = event.split('\n').find(line => line.startsWith('data: '))?.slice(6);
      if (!data) continue;
      if (state.link !== 'live') set({ link: 'live' });
      accept(JSON.parse(data) as Live, queries);
    }
  }
}

async function poll(queries: QueryClient, signal: AbortSignal) {
  const until = Date.now() + retryMs;
  do {
    try {
      const [system, rates] = await Promise.all([api.get('/api/system/health', { signal }), api.get('/api/rates', { signal })]);
      set({ link: 'polling', history: rates.data });
      accept({ at: new Date().toISOString(), system, rates: rates.data.at(-1)! }, queries);
    } catch {
      if (signal.aborted) return;
      // The service is there; it wants to know who we are.
      set({ link: session.current.state === 'in' ? 'down' : 'connecting' });
    }
    await new Promise(resolve => window.setTimeout(resolve, state.link === 'down' ? 1_500 : pollMs));
  } while (!signal.aborted && Date.now() < until && state.link !== 'down' && session.current.state === 'in');
}

async function follow(queries: QueryClient, signal: AbortSignal) {
  while (!signal.aborted) {
    await session.whenIn(signal);
    try {
      const wasDown = state.link === 'down';
      set({ history: (await api.get('/api/rates', { signal })).data });
      if (wasDown) void queries.invalidateQueries();
      const attempt = new AbortController();
      signal.addEventListener('abort', () => attempt.abort(), { once: true });
      await listen(queries, attempt.signal).finally(() => attempt.abort());
    } catch {
      // Whatever ended the stream: see whether asking works, then try the stream again.
    }
    if (!signal.aborted) await poll(queries, signal);
  }
}

/** Keeps the page up to date for as long as it is open. */
export function useFollow() {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void follow(queries, stop.signal);
    return () => stop.abort();
  }, [queries]);
}
