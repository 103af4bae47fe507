import { useSyncExternalStore } from 'react';

type Session = { token: string; operator: string; asking: boolean };

const tokenKey = 'dlq.token';
const operatorKey = 'dlq.operator';
const listeners = new Set<() => void>();

let current: Session = {
  // Of this tab only: a token is not left behind on the machine.
  token: sessionStorage.getItem(tokenKey) ?? '',
  operator: localStorage.getItem(operatorKey) ?? '',
  asking: false,
};

function set(change: Partial<Session>) {
  current = { ...current, ...change };
  for (const listener of listeners) listener();
}

/** Who uses the console, and with which token. */
export const session = {
  get current() {
    return current;
  },
  ask: () => set({ asking: true }),
  dismiss: () => set({ asking: false }),
  signIn(token: string, operator: string) {
    if (token) sessionStorage.setItem(tokenKey, token);
    else sessionStorage.removeItem(tokenKey);
    localStorage.setItem(operatorKey, operator);
    set({ token, operator, asking: false });
  },
};

export function useSession(): Session {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
