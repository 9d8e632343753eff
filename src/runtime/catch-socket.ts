import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * Begins what makes a socket at once and keeps it to itself, as client libraries do. Node tells of each.
 *
 * @returns beside what was begun the socket; `undefined` when none could be made
 */
export function catchSocket<T>(begin: () => T): { readonly begun: T; readonly socket: Socket | undefined } {
  let socket: Socket | undefined;
  const take = (message: unknown) => {
    socket = (message as { readonly socket: Socket }).socket;
  };
  subscribe('net.client.socket', take);
  try {
    const begun = begin();
    return { begun, socket };
  } finally {
    unsubscribe('net.client.socket', take);
  }
}
