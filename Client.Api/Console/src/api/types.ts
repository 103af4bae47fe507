import { send, type Schemas } from './client';

export type Letter = Schemas['Letter'];
export type Attempt = Schemas['Attempt'];
export type Breaker = Schemas['BreakerView'];
export type Downstream = Schemas['DownstreamAnswer'];

export type Block = Schemas['ReplayBlock'];
export type Preview = Schemas['ReplayPreviewAnswer'];
export type ReplayJob = Schemas['ReplayJobView'];

export type LetterGroup = Schemas['LetterGroup'];
export type GroupPage = Schemas['PageAnswerOfLetterGroup'];

/** Posts, and reads the answer. */
export async function post<T>(url: string, body: unknown): Promise<T> {
  return (await (await send('POST', url, body)).json()) as T;
}
