import { useSyncExternalStore } from 'react';
import type { components } from './schema';

export type Me = components['schemas']['MeAnswer'];
export type Role = Me['role'];

/**
 * asking: it is not known yet who uses the console. out: nobody whom the service knows. in: somebody. ended: somebody whose session is over, and
 * whose page waits behind the sign-in.
 */
type State = 'asking' | 'out' | 'in' | 'ended';
type Session = { state: State; me: Me | null; operator: string; trouble: Error | null };

const operatorKey = 'dlq.operator';
const roles: Role[] = ['submit', 'read', 'operate', 'admin'];
const listeners = new Set<() => void>();

let current: Session = { state: 'asking', me: null, operator: localStorage.getItem(operatorKey) ?? '', trouble: null };

function set(change: Partial<Session>) {
  current = { ...current, ...change };
  for (const listener of listeners) listener();
}

function listen(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Who uses the console. The proof is in a cookie that no script sees. */
export const session = {
  get current() {
    return current;
  },
  begin: (me: Me) => set({ state: 'in', me, trouble: null }),
  leave: () => set({ state: 'out', me: null, trouble: null }),
  /** The service does not know us any more: the page is kept as it is, for when it does again. */
  end: () => set(current.state === 'in' ? { state: 'ended' } : {}),
  fail: (trouble: Error) => set({ trouble }),
  name(operator: string) {
    localStorage.setItem(operatorKey, operator);
    set({ operator });
  },
  /** Comes to its end when somebody is signed in, or when the signal is aborted. */
  async whenIn(signal: AbortSignal) {
    while (current.state !== 'in' && !signal.aborted) {
      await new Promise<void>(resolve => {
        const off = listen(() => {
          off();
          resolve();
        });
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  },
};

export function useSession(): Session {
  return useSyncExternalStore(listen, () => current);
}

/** Whether somebody may do what needs a role. */
export const may = (me: Me | null, role: Role) => me !== null && roles.indexOf(me.role) >= roles.indexOf(role);

/** Whether who uses the console may do what needs a role. */
export const useMay = (role: Role) => may(useSession().me, role);
