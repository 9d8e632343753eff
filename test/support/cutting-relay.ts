import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { closeServer } from './close-server.ts';

/**
 * How a connection is cut: the number of bytes that it may transfer in each direction, and whether it is then reset or
 * closed normally.
 */
export interface Cut {
  readonly bytes: number;
  readonly isReset: boolean;
}

/**
 * A relay in front of a server. It closes each connection after a number of bytes, even in the middle of a response or
 * a command.
 */
export interface CuttingRelay {
  readonly port: number;
  /** Called for each new connection. If absent, the relay does not close connections. */
  chooseCut: (() => Cut) | undefined;
  cuts(): number;
  cutAll(): void;
  close(): Promise<void>;
}

export async function startCuttingRelay(serverPort: number): Promise<CuttingRelay> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const listening = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    const { bytes, isReset } = relay.chooseCut?.() ?? { bytes: Number.POSITIVE_INFINITY, isReset: false };
    let left = bytes;
    const cut = () => {
      for (const socket of [client, server]) {
        sockets.delete(socket);
        socket.destroy();
      }
    };
    const pass = (from: Socket, to: Socket) => {
      sockets.add(from);
      from.on('error', cut).on('close', cut);
      from.on('data', (data: Buffer) => {
        if (data.length <= left) {
          left -= data.length;
          to.write(data);
          return;
        }
        cuts += 1;
        // If the connection is closed without a reset, the remaining allowed bytes still arrive.
        if (isReset) {
          to.write(data.subarray(0, left));
          to.resetAndDestroy();
        } else {
          to.end(data.subarray(0, left));
        }
        left = 0;
        from.destroy();
      });
    };
    pass(client, server);
    pass(server, client);
  });
  const cutAll = () => {
    for (const socket of sockets) {
      socket.destroy();
    }
  };
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const relay: CuttingRelay = {
    port: (listening.address() as AddressInfo).port,
    chooseCut: undefined,
    cuts: () => cuts,
    cutAll,
    close: () => closeServer(listening, cutAll),
  };
  return relay;
}
