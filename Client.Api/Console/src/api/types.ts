import { ApiError, send, type Schemas } from './client';

export type Letter = Schemas['Letter'];
export type Attempt = Schemas['Attempt'];
export type Breaker = Schemas['BreakerView'];
export type Downstream = Schemas['DownstreamAnswer'];

/** Asks for what an older service may not have: undefined then. */
export async function optional<T>(url: string, signal?: AbortSignal): Promise<T | null> {
  try {
    return (await (await send('GET', url, undefined, signal)).json()) as T;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

type Named = { name: string; count: number };

export type Block = { target: string; reason: 'breakerOpen' | 'paused' | 'windowClosed' | 'unknownTarget'; until: string | null };
export type Preview = { matched: number; byTarget: Named[]; byErrorType: Named[]; estimatedSeconds: number; blockedBy: Block[] };
export type ReplayJob = {
  jobId: string;
  state: 'running' | 'waiting' | 'paused' | 'completed' | 'cancelled' | 'stopped';
  stateReason: string | null;
  stateBy: string | null;
  matched: number;
  underWay: number;
  delivered: number;
  failed: number;
  skipped: number;
  remaining: number;
  ratePerSecond: number;
  estimatedSeconds: number | null;
  blockedBy: Block[];
  byTarget: { target: string; matched: number; delivered: number; failed: number; skipped: number }[];
  createdAt: string;
  stateAt: string;
  endedAt: string | null;
  plan: { filter: Record<string, string | null>; ratePerSecond: number; maxConcurrent: number; ramp: boolean; by: string; reason: string | null };
};

/** Posts, and reads the answer. */
export async function post<T>(url: string, body: unknown): Promise<T> {
  return (await (await send('POST', url, body)).json()) as T;
}
