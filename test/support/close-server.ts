import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** Tracks the open connections of a server, including connections with an unfinished TLS handshake. */
export function trackSockets(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return {
    count: () => sockets.size,
    cutAll() {
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}

/**
 * Closes a server.
 *
 * @param cutAll closes the open connections. A server closes only after its last connection has ended.
 */
export async function closeServer(server: Server, cutAll: () => void): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  cutAll();
  await closed;
}
