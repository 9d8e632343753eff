import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Starts listening and returns the port in use. */
export async function listen(server: Server, { host, port }: ListenAddress): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The kernel bounds it by net.core.somaxconn. Whoever finds it full waits 1, 3, 7 or 15 s before the next attempt.
    server.listen({ host, port, backlog: 8_192 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Stops accepting and ends idle connections at once, the others after their answer; whatever is left after `graceMs` is
 * cut.
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  await acceptWaiting(server);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}

const acceptWaitingMs = 1_000;

/**
 * Takes in the connections that wait in the kernel's queue: closing would reset them. A process that had to wait for
 * the processor finds many of them, its timers run before it looks at its sockets, and it accepts one in a turn.
 */
async function acceptWaiting(server: Server): Promise<void> {
  const end = performance.now() + acceptWaitingMs;
  let accepted = true;
  const onConnection = () => {
    accepted = true;
  };
  server.on('connection', onConnection);
  while (accepted && performance.now() < end) {
    accepted = false;
    await nextTurn();
    await nextTurn();
  }
  server.off('connection', onConnection);
}
