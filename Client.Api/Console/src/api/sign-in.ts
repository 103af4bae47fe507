import { api, ApiError, send } from './client';
import { session } from './session';

/** Asks the service who we are. */
export async function whoAmI() {
  try {
    session.begin(await api.get('/api/me'));
  } catch (error) {
    // Behind a session that has ended waits a page that must not be lost.
    if (session.current.state === 'ended') return;
    if (error instanceof ApiError && error.status === 401) session.leave();
    else session.fail(error as Error);
  }
}

/** Exchanges a credential for a session. */
export async function signIn(credential: string) {
  // Headers have no other characters, and neither has a credential.
  if (!/^[!-~]+$/.test(credential)) throw new ApiError(401, {});
  await send('POST', '/api/session', undefined, undefined, { authorization: `Bearer ${credential}` });
  session.begin(await api.get('/api/me'));
}

export async function signOut() {
  await api.delete('/api/session').catch((error: unknown) => {
    // Who is not known any more is out.
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  });
  session.leave();
}
