import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP relay before a real server. While it cuts, no connection lives longer than a moment. */
export interface CuttingRelay {
  readonly port: number;
  /** Connections that it has cut. */
  readonly cuts: number;
  heal(): void;
  close(): void;
}

const longestMs = 120;
/** Of the server's answers, from the first to those after a message was refused. */
const mostBytes = 1_200;

/** Cuts each connection at a random time after it was accepted, or at a random byte of what the server sends. */
export async function startCuttingRelay(serverPort: number): Promise<CuttingRelay> {
  const sockets = new Set<Socket>();
  let isCutting = true;
  let cuts = 0;

  const listener = createServer((client) => {
    const server = connect({ host: '127.0.0.1', port: serverPort });
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', cut);
      socket.on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
    client.pipe(server);
    let left = Number.POSITIVE_INFINITY;
    if (isCutting) {
      cuts += 1;
      if (Math.random() < 0.5) {
        setTimeout(cut, Math.random() * longestMs);
      } else {
        left = Math.ceil(Math.random() * mostBytes);
        // What never sends so much is cut as well.
        setTimeout(cut, longestMs);
      }
    }
    server.on('data', (data) => {
      client.write(data.subarray(0, left));
      left -= data.length;
      if (left <= 0) {
        client.end();
        server.destroy();
      }
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    heal() {
      isCutting = false;
    },
    close() {
      listener.close();
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
