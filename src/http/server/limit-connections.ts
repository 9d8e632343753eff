import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { hasUnanswered } from './limit-pipelining.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** When no other connection is silent, a new one over the limit is not let in, or the oldest one goes for it. */
  readonly whenFull: 'refuse' | 'replace-oldest';
}

/** A connection that speaks HTTP. With TLS it is another socket than the one that was accepted. */
interface Client {
  readonly socket: Socket;
  bytesRead: number;
  /** For so many looks nothing has come. */
  silentFor: number;
}

const lookEveryMs = 1_000;

/** While there are many connections, a request has to arrive within this time. */
const crowdedRequestMs = 2_000;

/**
 * Bounds the connections of a server. A new one over the limit takes the place of the one that has been silent for the
 * longest time without a request under way. Nothing is done for a request, and connections are looked at only while there
 * are many.
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
  /** The one that has been silent for the longest time is the last. */
  let silent: Client[] = [];

  function look(): void {
    const isCrowded = connections.size > maxConnections * 0.75;
    server.headersTimeout = isCrowded ? Math.min(crowdedRequestMs, headersTimeout) : headersTimeout;
    server.requestTimeout = isCrowded ? Math.min(crowdedRequestMs, requestTimeout) : requestTimeout;
    silent = connections.size > maxConnections / 2 ? findSilent() : [];
  }

  function findSilent(): Client[] {
    for (const client of clients.values()) {
      const { bytesRead } = client.socket;
      client.silentFor = bytesRead === client.bytesRead ? client.silentFor + 1 : 0;
      client.bytesRead = bytesRead;
    }
    return [...clients.values()].filter(isSilent).toSorted((one, other) => one.silentFor - other.silentFor);
  }

  function makeRoomFor(newcomer: Socket): void {
    for (let client = silent.pop(); client !== undefined; client = silent.pop()) {
      if (isSilent(client)) {
        client.socket.destroy();
        return;
      }
    }
    const [oldest = newcomer] = whenFull === 'replace-oldest' ? connections : [];
    connections.delete(oldest);
    oldest.destroy();
  }

  server.on('connection', (socket: Socket) => {
    if (connections.size >= maxConnections) {
      makeRoomFor(socket);
    }
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.on(clientEvent, (socket: Socket) => {
    clients.set(socket, { socket, bytesRead: -1, silentFor: 0 });
    socket.once('close', () => clients.delete(socket));
  });
  const timer = setInterval(look, lookEveryMs).unref();
  server.once('close', () => clearInterval(timer));
  return connections;
}

function isSilent({ socket, bytesRead, silentFor }: Client): boolean {
  return silentFor > 0 && !socket.destroyed && socket.bytesRead === bytesRead && !hasUnanswered(socket);
}
