import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpConfig } from '../../config/http-config.ts';
import { availableMemory } from '../../runtime/available-memory.ts';
import { isAwaitingResponse } from './limit-pipelining.ts';
import { calculateFileDescriptorShares } from './open-files.ts';

/**
 * Memory per connection with a request in flight, rounded up from measurements
 * (docs/decisions/020-abusive-clients.md).
 */
const connectionBytes = { http: 24 * 1024, https: 96 * 1024 };

/** Share of the memory that connections may use. */
const connectionShare = 1 / 5;

/**
 * Returns the number of connections that memory and open files allow. With 512 MiB, this is 4,369 connections, or 1,092
 * with TLS.
 */
export function toMaxConnections({ tls }: Pick<HttpConfig, 'tls'>, memoryBytes = availableMemory()): number {
  const bytes = tls === undefined ? connectionBytes.http : connectionBytes.https;
  return Math.floor(
    Math.min((memoryBytes * connectionShare) / bytes, calculateFileDescriptorShares().publicConnections),
  );
}

const authenticationProof = Symbol('proof');

/** Key of the property that marks a proven connection, which is a connection that has carried a valid signature. */
interface AuthenticationProof {
  /** Time of the last valid signature, in milliseconds from an arbitrary origin. */
  lastAt: number;
  /** The socket that receives the requests. With TLS, this socket differs from the accepted socket. */
  readonly client: Socket;
}

interface AcceptedSocket extends Socket {
  [authenticationProof]?: AuthenticationProof;
}

/**
 * Property with the accepted socket of a TLS socket, or `null` for any other socket. The property is missing from
 * Node's types.
 */
const tlsParentProperty = '_parent';

interface ClientSocket extends Socket {
  readonly [tlsParentProperty]: AcceptedSocket | null;
}

function findAcceptedSocket(client: Socket): AcceptedSocket {
  return (client as ClientSocket)[tlsParentProperty] ?? client;
}

/** Records that the connection has carried a valid signature. @param client the socket of the request */
export function markAuthenticated(client: Socket): void {
  const acceptedSocket = findAcceptedSocket(client);
  const existingProof = acceptedSocket[authenticationProof];
  if (existingProof === undefined) {
    acceptedSocket[authenticationProof] = { lastAt: performance.now(), client };
  } else {
    existingProof.lastAt = performance.now();
  }
}

/** Whether the connection has carried a valid signature. @param client the socket of a request */
export function isAuthenticated(client: Socket): boolean {
  return findAcceptedSocket(client)[authenticationProof] !== undefined;
}

/**
 * Share of the connections that is reserved for connections without a valid signature, including every new connection.
 * Otherwise, connections with a valid signature could block all new connections.
 */
const unauthenticatedConnectionShare = 1 / 4;

/**
 * Yields the open connections in the order in which excess connections are closed. The oldest connections without a
 * valid signature are closed first, regardless of their activity, until only the reserved share remains. Connections
 * with a valid signature follow, starting with the longest time since the last valid signature, and then the newest
 * connections without a valid signature. A connection with a valid signature whose delivery waits for the store is
 * never closed. An incomplete body does not protect a connection, because an attacker can send one after a captured
 * delivery.
 */
function* listInClosingOrder(living: readonly AcceptedSocket[], maxConnections: number): Generator<Socket> {
  const unauthenticatedSockets = living.filter((socket) => socket[authenticationProof] === undefined);
  const newestUnauthenticated = unauthenticatedSockets.splice(
    -Math.ceil(maxConnections * unauthenticatedConnectionShare),
  );
  yield* unauthenticatedSockets;
  yield* living
    .filter(
      (socket) =>
        socket[authenticationProof] !== undefined && !isAwaitingResponse(socket[authenticationProof].client),
    )
    .toSorted(
      (one, other) =>
        (one[authenticationProof] as AuthenticationProof).lastAt -
        (other[authenticationProof] as AuthenticationProof).lastAt,
    );
  yield* newestUnauthenticated;
}

const checkIntervalMs = 1_000;

/** Maximum time in milliseconds for a request to arrive while many connections are open. */
const requestTimeoutUnderLoadMs = 2_000;

/**
 * Limits the number of connections of a server. The only cost per request is recording a valid signature.
 *
 * @returns all open connections, including those in a TLS handshake, which node:http does not list
 */
export function limitConnections(server: Server, maxConnections: number): ReadonlySet<Socket> {
  const { headersTimeout, requestTimeout } = server;
  /** All open connections, in the order in which they were accepted. */
  const connections = new Set<Socket>();
  let isCloseScheduled = false;

  function checkConnections(): void {
    const isNearLimit = connections.size > maxConnections * 0.75;
    server.headersTimeout = isNearLimit
      ? Math.min(requestTimeoutUnderLoadMs, headersTimeout)
      : headersTimeout;
    server.requestTimeout = isNearLimit
      ? Math.min(requestTimeoutUnderLoadMs, requestTimeout)
      : requestTimeout;
  }

  /**
   * Closes excess connections at the end of a turn in which connections were accepted. Only then is it known which
   * connections sent a request in that turn, and which connections were closed by their clients.
   */
  function closeExcessConnections(): void {
    isCloseScheduled = false;
    const openSockets = [...connections].filter(({ destroyed }) => !destroyed);
    let excessCount = openSockets.length - maxConnections;
    for (const socket of excessCount > 0 ? listInClosingOrder(openSockets, maxConnections) : []) {
      if (excessCount <= 0) {
        return;
      }
      socket.destroy();
      excessCount -= 1;
    }
  }

  function removeConnection(this: Socket): void {
    connections.delete(this);
  }

  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', removeConnection);
    if (connections.size > maxConnections && !isCloseScheduled) {
      isCloseScheduled = true;
      setImmediate(closeExcessConnections);
    }
  });
  const timer = setInterval(checkConnections, checkIntervalMs).unref();
  server.once('close', () => clearInterval(timer));
  return connections;
}
