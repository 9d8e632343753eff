import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { HttpConfig } from '../../config/http-config.ts';
import { hasUnanswered } from './limit-pipelining.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** When every other connection has a request under way, a new one is not let in, or the oldest one goes for it. */
  readonly whenFull: 'refuse' | 'replace-oldest';
}

/** With a request under way, rounded up from what was measured (docs/decisions/020-clients-that-mean-no-good.md). */
const connectionBytes = { http: 24 * 1024, https: 96 * 1024 };

/** Part of the memory that connections may take. */
const connectionShare = 1 / 5;

/** As many connections as the memory allows: in 512 MiB 4,369, and 1,092 with TLS. */
export function toConnectionLimits(
  { tls }: Pick<HttpConfig, 'tls'>,
  memoryBytes = availableMemory(),
): ConnectionLimits {
  const bytes = tls === undefined ? connectionBytes.http : connectionBytes.https;
  return { maxConnections: Math.floor((memoryBytes * connectionShare) / bytes), whenFull: 'refuse' };
}

/**
 * Bytes that this process may use: of its control group (a container), or of the machine. With `--max-old-space-size` at
 * most twice V8's heap: by default that is half of the memory.
 */
export function availableMemory(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return Math.min(constrained > 0 ? constrained : total, total, 2 * getHeapStatistics().heap_size_limit);
}

/** A connection that speaks HTTP. With TLS it is another socket than the one that was accepted. */
interface Client {
  readonly socket: Socket;
  /** When the clients were last gone through. */
  bytesRead: number;
  /** The look after which it was accepted, or was last found to have sent something. */
  heardAfter: number;
}

const lookEveryMs = 1_000;

/** In these steps silence is compared, so that a pause between two deliveries is none. */
const looksOfSilence = 5;

/** All connections are gone through for a new one no more often than this. */
const listEveryMs = 100;

/** While there are many connections, a request has to arrive within this time. */
const crowdedRequestMs = 2_000;

/**
 * Bounds the connections of a server. A new one over the limit takes the place of one without a request under way: of the
 * one that has been silent for the longest time, in steps of five seconds; of several that have been for as long, of the
 * one that has sent the least: whoever sends deliveries has sent more than a crowd. Nothing is done for a request, and
 * connections are looked at only while there are many.
 *
 * @param clientEvent of the server, for a connection that speaks HTTP from now on
 * @returns every open connection, also before its TLS handshake ends: node:http only knows those after it
 */
export function limitConnections(
  server: Server,
  clientEvent: 'connection' | 'secureConnection',
  { maxConnections, whenFull }: ConnectionLimits,
): ReadonlySet<Socket> {
  const { headersTimeout, requestTimeout } = server;
  const connections = new Set<Socket>();
  const clients = new Map<Socket, Client>();
  /** The one that goes next is the last. */
  let idle: Client[] = [];
  let listedCount = 0;
  let listedAt = 0;
  /** How many there have been. */
  let looks = 0;
  let isMakingRoom = false;

  function look(): void {
    const isCrowded = connections.size > maxConnections * 0.75;
    server.headersTimeout = isCrowded ? Math.min(crowdedRequestMs, headersTimeout) : headersTimeout;
    server.requestTimeout = isCrowded ? Math.min(crowdedRequestMs, requestTimeout) : requestTimeout;
    if (connections.size <= maxConnections / 2) {
      idle = [];
      return;
    }
    hear();
    looks += 1;
    listIdle();
  }

  function hear(): void {
    for (const client of clients.values()) {
      const { bytesRead } = client.socket;
      if (bytesRead !== client.bytesRead) {
        client.bytesRead = bytesRead;
        client.heardAfter = looks;
      }
    }
  }

  function silence({ heardAfter }: Client): number {
    return Math.floor((looks - heardAfter) / looksOfSilence);
  }

  /** What has just been accepted is not idle: its request may not be read yet. */
  function isIdle(client: Client): boolean {
    const { socket, bytesRead, heardAfter } = client;
    // A look may come right after it.
    const isNew = bytesRead === 0 && looks - heardAfter < 2;
    return !isNew && !socket.destroyed && socket.bytesRead === bytesRead && !hasUnanswered(socket);
  }

  function listIdle(): void {
    listedAt = performance.now();
    // Who is silent for less time comes first; of equals, who has sent more.
    idle = [...clients.values()]
      .filter(isIdle)
      .toSorted((one, other) => silence(one) - silence(other) || other.bytesRead - one.bytesRead);
    listedCount = idle.length;
  }

  /**
   * At the end of a turn in which connections were accepted. Only then it is known who has sent a request in that turn, and
   * who has left: of a crowd that leaves, sockets are still open to those that are accepted before the end of theirs is read.
   */
  function makeRoom(): void {
    isMakingRoom = false;
    const living = [...connections].filter(({ destroyed }) => !destroyed);
    const others = whenFull === 'replace-oldest' ? living.toReversed() : living;
    for (let count = living.length; count > maxConnections; count -= 1) {
      let leaving = nextIdle() ?? others.pop();
      while (leaving?.destroyed === true) {
        leaving = others.pop();
      }
      leaving?.destroy();
    }
  }

  function nextIdle(): Socket | undefined {
    // The last of a list are the best of it, and who has come since may be worth less.
    if (idle.length <= listedCount / 2 && performance.now() - listedAt > listEveryMs) {
      hear();
      listIdle();
    }
    for (let client = idle.pop(); client !== undefined; client = idle.pop()) {
      if (isIdle(client)) {
        return client.socket;
      }
    }
    return undefined;
  }

  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    if (connections.size > maxConnections && !isMakingRoom) {
      isMakingRoom = true;
      setImmediate(makeRoom);
    }
  });
  server.on(clientEvent, (socket: Socket) => {
    clients.set(socket, { socket, bytesRead: 0, heardAfter: looks });
    socket.once('close', () => clients.delete(socket));
  });
  const timer = setInterval(look, lookEveryMs).unref();
  server.once('close', () => clearInterval(timer));
  return connections;
}
