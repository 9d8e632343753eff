import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** The connections of a server that are open, also those in a TLS handshake that never ends. */
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

/** @param cutAll ends its connections: a server closes with the last one */
export async function closeServer(server: Server, cutAll: () => void): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  cutAll();
  await closed;
}
