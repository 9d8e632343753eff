import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/**
 * Runs a function that creates a socket synchronously without exposing it, as client libraries do. The socket is found
 * through Node's diagnostics channel.
 *
 * @returns the function's result, and the socket, or `undefined` if none was created
 */
export function captureSocket<T>(begin: () => T): { readonly begun: T; readonly socket: Socket | undefined } {
  let socket: Socket | undefined;
  const onSocketCreated = (message: unknown) => {
    socket = (message as { readonly socket: Socket }).socket;
  };
  subscribe('net.client.socket', onSocketCreated);
  try {
    const beginResult = begin();
    return { begun: beginResult, socket };
  } finally {
    unsubscribe('net.client.socket', onSocketCreated);
  }
}
