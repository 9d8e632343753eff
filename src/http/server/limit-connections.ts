import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpConfig } from '../../config/http-config.ts';
import { availableMemory } from '../../runtime/available-memory.ts';
import { isAwaitingAnswer } from './limit-pipelining.ts';
import { toFileShares } from './open-files.ts';

/** With a request under way, rounded up from what was measured (docs/decisions/020-abusive-clients.md). */
const connectionBytes = { http: 24 * 1024, https: 96 * 1024 };

/** Part of the memory that connections may take. */
const connectionShare = 1 / 5;

/** As many connections as the memory and the open files allow: in 512 MiB 4,369, and 1,092 with TLS. */
export function toMaxConnections({ tls }: Pick<HttpConfig, 'tls'>, memoryBytes = availableMemory()): number {
  const bytes = tls === undefined ? connectionBytes.http : connectionBytes.https;
  return Math.floor(Math.min((memoryBytes * connectionShare) / bytes, toFileShares().publicConnections));
}

const proof = Symbol('proof');

/** A connection has proved itself when it carried a good signature. */
interface Proof {
  /** Milliseconds, from any origin. */
  lastAt: number;
  /** With TLS it is another socket than the one that was accepted. */
  readonly client: Socket;
}

interface AcceptedSocket extends Socket {
  [proof]?: Proof;
}

/** Not in the types: a socket of TLS has the accepted one there, any other one has `null`. */
const parent = '_parent';

interface ClientSocket extends Socket {
  readonly [parent]: AcceptedSocket | null;
}

function toAccepted(client: Socket): AcceptedSocket {
  return (client as ClientSocket)[parent] ?? client;
}

/** Notes that the connection carried a good signature. @param client the socket of the request */
export function markAuthenticated(client: Socket): void {
  const accepted = toAccepted(client);
  const known = accepted[proof];
  if (known === undefined) {
    accepted[proof] = { lastAt: performance.now(), client };
  } else {
    known.lastAt = performance.now();
  }
}

/** Whether the connection has carried a good signature. @param client the socket of a request */
export function isProved(client: Socket): boolean {
  return toAccepted(client)[proof] !== undefined;
}

/**
 * So much of the places is for connections that have not proved themselves yet, as every new one. Proved ones could
 * otherwise keep all newcomers out.
 */
const newcomersShare = 1 / 4;

/**
 * The living connections, in the order in which they go when there are too many. Strangers go first, whatever they are
 * doing: the oldest ones, down to the newcomers' share of the places. Then those go that have proved themselves, the longest
 * time since a good signature first; then newcomers. One whose delivery waits for the store never goes. A body that is not
 * whole protects nobody: anyone can begin one behind a captured delivery.
 */
function* inOrderOfLeaving(living: readonly AcceptedSocket[], maxConnections: number): Generator<Socket> {
  const strangers = living.filter((socket) => socket[proof] === undefined);
  const newcomers = strangers.splice(-Math.ceil(maxConnections * newcomersShare));
  yield* strangers;
  yield* living
    .filter((socket) => socket[proof] !== undefined && !isAwaitingAnswer(socket[proof].client))
    .toSorted((one, other) => (one[proof] as Proof).lastAt - (other[proof] as Proof).lastAt);
  yield* newcomers;
}

const lookEveryMs = 1_000;

/** While there are many connections, a request has to arrive within this time. */
const crowdedRequestMs = 2_000;

/**
 * Bounds the connections of a server. Nothing else is done for a request than to note a good signature.
 *
 * @returns every open connection, also before its TLS handshake ends: node:http only knows those after it
 */
export function limitConnections(server: Server, maxConnections: number): ReadonlySet<Socket> {
  const { headersTimeout, requestTimeout } = server;
  /** In the order in which they were accepted. */
  const connections = new Set<Socket>();
  let isMakingRoom = false;

  function look(): void {
    const isCrowded = connections.size > maxConnections * 0.75;
    server.headersTimeout = isCrowded ? Math.min(crowdedRequestMs, headersTimeout) : headersTimeout;
    server.requestTimeout = isCrowded ? Math.min(crowdedRequestMs, requestTimeout) : requestTimeout;
  }

  /**
   * At the end of a turn in which connections were accepted. Only then it is known who has sent a request in that turn, and
   * who has left: of a crowd that leaves, sockets are still open to those that are accepted before the end of theirs is read.
   */
  function makeRoom(): void {
    isMakingRoom = false;
    const living = [...connections].filter(({ destroyed }) => !destroyed);
    let excess = living.length - maxConnections;
    for (const socket of excess > 0 ? inOrderOfLeaving(living, maxConnections) : []) {
      if (excess <= 0) {
        return;
      }
      socket.destroy();
      excess -= 1;
    }
  }

  function forget(this: Socket): void {
    connections.delete(this);
  }

  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.on('close', forget);
    if (connections.size > maxConnections && !isMakingRoom) {
      isMakingRoom = true;
      setImmediate(makeRoom);
    }
  });
  const timer = setInterval(look, lookEveryMs).unref();
  server.once('close', () => clearInterval(timer));
  return connections;
}
