import type { Server } from 'node:http';
import { type AddressInfo, createServer, type ListenOptions, type Server as NetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** The kernel bounds it by net.core.somaxconn. Whoever finds it full waits 1, 3, 7 or 15 s before the next attempt. */
const backlog = 8_192;
/** As many new connections are taken in each time that up to 1,024 sockets are looked at. Each needs an open file. */
const acceptorCount = 256;
const acceptWaitingMs = 1_000;

/** Starts listening and returns the port in use. */
export async function listen(server: NetServer, options: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ backlog, ...options }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

/** The port in use, and the sockets beside the server's own that take in its connections. */
export interface Listening {
  readonly port: number;
  readonly acceptors: readonly NetServer[];
}

/**
 * Listens with several sockets on one port. Each accepts one connection in a turn of the event loop: with a single one,
 * 300 new connections to a process that was busy with 256 others waited 16 s on average, longer than the provider does.
 */
export async function listenWidely(server: Server, { host, port }: ListenAddress): Promise<Listening> {
  if (process.platform !== 'linux') {
    return { port: await listen(server, { host, port }), acceptors: [] };
  }
  // Held alone for a moment: sockets that share a port would not notice another process on it.
  const probe = createServer();
  const shared = { host, port: await listen(probe, { host, port }), reusePort: true };
  await close(probe);
  const acceptors = Array.from({ length: acceptorCount - 1 }, () =>
    createServer({ noDelay: true }, (socket) => server.emit('connection', socket)),
  );
  for (const each of [server, ...acceptors]) {
    await listen(each, shared);
  }
  return { port: shared.port, acceptors };
}

/**
 * Stops accepting and ends idle connections at once, the others after their answer; whatever is left after `graceMs` is
 * cut.
 */
export async function closeServer(
  server: Server,
  graceMs: number,
  acceptors: readonly NetServer[] = [],
): Promise<void> {
  await acceptWaiting(server);
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await Promise.all([server, ...acceptors].map(close));
  clearTimeout(timer);
}

async function close(server: NetServer): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

/**
 * Takes in the connections that wait in the kernel's queue: closing would reset them. A process that had to wait for
 * the processor finds many of them, and its timers run before it looks at its sockets.
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
