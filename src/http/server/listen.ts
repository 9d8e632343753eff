import type { Server } from 'node:http';
import {
  type AddressInfo,
  createServer,
  type ListenOptions,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WebServer } from './create-web-server.ts';
import { toFileShares } from './open-files.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** The variables that an address comes from, for people. */
export interface ListenVariables {
  readonly host: string;
  readonly port: string;
}

/** The kernel limits it to net.core.somaxconn. A client that finds it full waits 1, 3, 7 or 15 s for its next attempt. */
const backlog = 8_192;
const acceptWaitingMs = 1_000;
/** A request that was on its way is there by then. */
const unusedGraceMs = 1_000;
const idleSweepMs = 100;

/** Its connections are closed with it. */
type ListeningServer = Pick<WebServer, 'server' | 'connections'>;

/** A server that accepts connections. */
export interface Listening {
  /** The port in use. */
  readonly port: number;
  /** Serves on, but every answer sends its proxy or client elsewhere. */
  turnAway(): void;
  /**
   * Stops accepting, closes idle connections at once and the others after their answer. One that has never sent anything,
   * which node:http does not count as idle, is cut after a second. What is left after `graceMs` is cut, also a connection
   * whose TLS handshake never ended.
   */
  close(graceMs: number): Promise<void>;
}

/** Starts listening. @throws in words for the operator */
export async function listen(
  web: ListeningServer,
  address: ListenAddress,
  variables: ListenVariables,
): Promise<Listening> {
  try {
    return process.platform === 'linux'
      ? await listenWidely(web, address)
      : toListening(await listenOn(web.server, address), [web.server], web.connections);
  } catch (error) {
    throw toListenError(error, address, variables);
  }
}

/**
 * Listens with several sockets on one port. Each accepts one connection in a turn of the event loop. With one socket, 300
 * new connections to a process that was busy with 256 others waited 16 s on average, longer than the provider waits.
 */
async function listenWidely(
  { server, connections }: ListeningServer,
  { host, port }: ListenAddress,
): Promise<Listening> {
  // First an exclusive socket: sockets that share a port would not notice another process on it.
  const probe = createServer();
  const shared = { host, port: await listenOn(probe, { host, port }), reusePort: true };
  await close(probe);
  // The options that node:http has for its own socket, so that it does not matter which one accepts a connection.
  const acceptors = Array.from({ length: toFileShares().acceptors - 1 }, () =>
    createServer({ noDelay: true, allowHalfOpen: true }, (socket) => server.emit('connection', socket)),
  );
  const servers = [server, ...acceptors] as const;
  for (const each of servers) {
    await listenOn(each, shared);
  }
  return toListening(shared.port, servers, connections);
}

async function listenOn(server: NetServer, options: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ backlog, ...options }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function toListening(
  port: number,
  servers: readonly [Server, ...NetServer[]],
  connections: ReadonlySet<Socket>,
): Listening {
  return {
    port,
    turnAway() {
      servers[0].prependListener('request', (_request, response) => {
        response.setHeader('Connection', 'close');
      });
    },
    async close(graceMs) {
      await acceptWaiting(servers[0]);
      const cut = (isLeft: (socket: Socket) => boolean) => {
        for (const socket of [...connections].filter(isLeft)) {
          socket.destroy();
        }
      };
      const timers = [
        setTimeout(() => cut(({ bytesRead }) => bytesRead === 0), unusedGraceMs),
        setTimeout(() => cut(() => true), graceMs),
      ];
      // An answer that ends from now on leaves its connection open for the next request.
      const sweep = setInterval(() => servers[0].closeIdleConnections(), idleSweepMs);
      await Promise.all(servers.map(close));
      clearInterval(sweep);
      timers.forEach(clearTimeout);
    },
  };
}

async function close(server: NetServer): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

/**
 * Accepts the connections that wait in the kernel's queue, because closing would reset them. A process that had to wait
 * for the processor has many of them, and its timers run before it polls its sockets.
 */
async function acceptWaiting(server: Server): Promise<void> {
  const end = performance.now() + acceptWaitingMs;
  let accepted = true;
  server.on('connection', () => {
    accepted = true;
  });
  while (accepted && performance.now() < end) {
    accepted = false;
    await nextTurn();
    await nextTurn();
  }
}

/** An error of `listen` in words for the operator: which variable to change. Other errors stay as they are. */
export function toListenError(error: unknown, address: ListenAddress, variables: ListenVariables): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = describe(code, address, variables);
  return text === undefined ? error : new Error(text, { cause: error });
}

function describe(
  code: string,
  { host, port }: ListenAddress,
  variables: ListenVariables,
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `${variables.port}: another process has port ${port}. Stop that one, or set ${variables.port} to another port (0: any free one).`;
    case 'EACCES':
      return `${variables.port}: this user may not open port ${port}. Set ${variables.port} to one from 1024.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
      return `${variables.host}: "${host}" is no address of this machine. Set ${variables.host} to one, or to :: for all.`;
    case 'EAFNOSUPPORT':
      return `${variables.host}: this machine has no addresses like "${host}". Set ${variables.host} to 0.0.0.0 for all of IPv4.`;
    default:
      return undefined;
  }
}
