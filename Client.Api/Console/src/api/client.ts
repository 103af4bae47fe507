import type { components, paths } from './schema';
import { session } from './session';

export type Schemas = components['schemas'];
export type Problem = Schemas['ProblemDocument'];

/** A refusal of the service, with its problem document; status 0 when it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? problem.title ?? 'The service could not be reached.');
  }

  get kind(): string {
    return this.problem.type?.split('/').pop() ?? 'unreachable';
  }

  /** What is wrong field by field, in one text. */
  get fields(): string {
    return Object.entries(this.problem.errors ?? {})
      .map(([name, errors]) => `${name} ${errors.join(', ')}`)
      .join('; ');
  }
}

/** Nothing was answered at all. */
export const unreachable = new ApiError(0, { title: 'The service could not be reached.', detail: 'It has stopped, or the way to it is cut off. The page comes back by itself.' });

type Json<T> = T extends { content: { 'application/json': infer J } } ? J : never;
type Success<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 202)]> : never;
type With<M extends string> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Answer<P extends keyof paths, M extends string> = paths[P] extends Record<M, infer O> ? Success<O> : never;

export type Query = Record<string, string | number | boolean | null | undefined>;
type Options = { path?: Record<string, string>; query?: Query; body?: unknown; reason?: string; signal?: AbortSignal };

/** The address of an endpoint with its parameters filled in. */
export function address(template: string, { path = {}, query = {} }: Options): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

const identity = '/api/me';
const ascii = /^[ -~]*$/;
const extended = /^utf-8'/i;

/** Text for a header: as it is, or as an extended value of RFC 8187, for a browser puts nothing beyond Latin-1 into one. */
const headerText = (text: string) => (ascii.test(text) && !extended.test(text) ? text : `UTF-8''${encodeURIComponent(text.toWellFormed()).replace(/['()*]/g, one => `%${one.charCodeAt(0).toString(16)}`)}`);

/** Sends a request as the person who is signed in. */
export async function send(method: string, url: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...more };
  const { state, operator } = session.current;
  // While somebody signs in again nothing else is asked, for it would be refused.
  if (state === 'ended' && !more.authorization && url !== identity) throw new ApiError(401, { title: 'The session has ended.', detail: 'Sign in again.' });
  if (operator && method !== 'GET') headers['x-operator'] = headerText(operator);
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable;
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({ title: `The service answered ${response.status}.` }))) as Partial<Problem>;
  if (response.status === 401 && !more.authorization) session.end();
  throw new ApiError(response.status, problem);
}

async function json<T>(method: string, template: string, options: Options): Promise<T> {
  const response = await send(method, address(template, options), options.body, options.signal, options.reason ? { 'x-reason': headerText(options.reason) } : {});
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const api = {
  get: <P extends With<'get'>>(path: P, options: Options = {}) => json<Answer<P, 'get'>>('GET', path, options),
  post: <P extends With<'post'>>(path: P, options: Options = {}) => json<Answer<P, 'post'>>('POST', path, options),
  put: <P extends With<'put'>>(path: P, options: Options = {}) => json<Answer<P, 'put'>>('PUT', path, options),
  delete: <P extends With<'delete'>>(path: P, options: Options = {}) => json<Answer<P, 'delete'>>('DELETE', path, options),
};
