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
import { calculateFileDescriptorShares } from './open-files.ts';

export interface ListenAddress {
  readonly host: string;
  /** Port to listen on. 0 selects any free port. */
  readonly port: number;
}

/** Names of the variables that define the address, for use in messages. */
export interface AddressVariableNames {
  readonly host: string;
  readonly port: string;
}

/**
 * Maximum number of connections that wait to be accepted, which the kernel limits to net.core.somaxconn. If this
 * backlog is full, a client waits 1, 3, 7 or 15 s before its next attempt.
 */
const maxAcceptBacklog = 8_192;
const acceptQueuedTimeoutMs = 1_000;
/** Milliseconds that a connection without any request stays open after the server begins to close. */
const firstRequestTimeoutMs = 1_000;
const idleSweepMs = 100;

/** A server and its connections, which are closed together. */
type ServerWithConnections = Pick<WebServer, 'server' | 'connections'>;

export interface ListeningServer {
  readonly port: number;
  /** Keeps serving, but closes each connection after its response, so that proxies and clients connect elsewhere. */
  turnAway(): void;
  /**
   * Stops accepting connections, closes idle connections immediately, and closes busy connections after their
   * response. A connection that has never sent anything, which node:http does not count as idle, is closed after a
   * second. All remaining connections are closed after `graceMs`, including unfinished TLS handshakes.
   */
  close(graceMs: number): Promise<void>;
}

/** Starts listening. @throws an error that tells the operator which variable to change */
export async function listen(
  web: ServerWithConnections,
  address: ListenAddress,
  variables: AddressVariableNames,
): Promise<ListeningServer> {
  try {
    return process.platform === 'linux'
      ? await listenWithSeveralSockets(web, address)
      : createListeningServer(await listenWithServer(web.server, address), [web.server], web.connections);
  } catch (error) {
    throw toListenError(error, address, variables);
  }
}

/**
 * Listens with several sockets on one port, because each socket accepts only one connection per turn of the event
 * loop. With one socket, 300 new connections to a process that was busy with 256 others waited 16 s on average, longer
 * than the provider's timeout.
 */
async function listenWithSeveralSockets(
  { server, connections }: ServerWithConnections,
  { host, port }: ListenAddress,
): Promise<ListeningServer> {
  // The first socket is exclusive, because sockets that share a port would not detect a different process on that port.
  const probeServer = createServer();
  const sharedAddress = { host, port: await listenWithServer(probeServer, { host, port }), reusePort: true };
  await close(probeServer);
  // These are the socket options that node:http uses, so that it does not matter which socket accepts a connection.
  const acceptors = Array.from({ length: calculateFileDescriptorShares().acceptors - 1 }, () =>
    createServer({ noDelay: true, allowHalfOpen: true }, (socket) => server.emit('connection', socket)),
  );
  const servers = [server, ...acceptors] as const;
  for (const each of servers) {
    await listenWithServer(each, sharedAddress);
  }
  return createListeningServer(sharedAddress.port, servers, connections);
}

async function listenWithServer(server: NetServer, options: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ backlog: maxAcceptBacklog, ...options }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

function createListeningServer(
  port: number,
  servers: readonly [Server, ...NetServer[]],
  connections: ReadonlySet<Socket>,
): ListeningServer {
  return {
    port,
    turnAway() {
      servers[0].prependListener('request', (_request, response) => {
        response.setHeader('Connection', 'close');
      });
    },
    async close(graceMs) {
      await acceptQueuedConnections(servers[0]);
      const destroyConnections = (isSelected: (socket: Socket) => boolean) => {
        for (const socket of [...connections].filter(isSelected)) {
          socket.destroy();
        }
      };
      const timers = [
        setTimeout(() => destroyConnections(({ bytesRead }) => bytesRead === 0), firstRequestTimeoutMs),
        setTimeout(() => destroyConnections(() => true), graceMs),
      ];
      // Idle connections are closed repeatedly, because node:http keeps a connection open after its response.
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
 * Accepts the connections that wait in the kernel's queue, because closing the server would reset these connections. A
 * process that lacks CPU time has many waiting connections, because its timers run before it polls its sockets.
 */
async function acceptQueuedConnections(server: Server): Promise<void> {
  const end = performance.now() + acceptQueuedTimeoutMs;
  let hasAccepted = true;
  server.on('connection', () => {
    hasAccepted = true;
  });
  while (hasAccepted && performance.now() < end) {
    hasAccepted = false;
    await nextTurn();
    await nextTurn();
  }
}

/** Converts an error of `listen` to one that tells the operator which variable to change. Returns other errors unchanged. */
export function toListenError(
  error: unknown,
  address: ListenAddress,
  variables: AddressVariableNames,
): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = describeListenError(code, address, variables);
  return text === undefined ? error : new Error(text, { cause: error });
}

function describeListenError(
  code: string,
  { host, port }: ListenAddress,
  variables: AddressVariableNames,
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `${variables.port}: port ${port} is used by another process. Stop that process, or set ${variables.port} to another port (0 means any free port).`;
    case 'EACCES':
      return `${variables.port}: this user may not listen on port ${port}. Set ${variables.port} to a port from 1024 to 65535.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
      return `${variables.host}: "${host}" is not an address of this machine. Use a local address, or :: for all interfaces.`;
    case 'EAFNOSUPPORT':
      return `${variables.host}: this machine does not support the address family of "${host}". Set ${variables.host} to 0.0.0.0 for all IPv4 interfaces.`;
    default:
      return undefined;
  }
}
