import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { closeServer } from './close-server.ts';

/** How many bytes of either way a connection may have, and how it ends then. */
export interface Cut {
  readonly bytes: number;
  readonly isReset: boolean;
}

/** Stands before a server, and cuts each connection after some bytes, wherever they are in an answer or a command. */
export interface CuttingRelay {
  readonly port: number;
  /** Asked for each new connection; without it nothing is cut. */
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
        // Without a reset what was allowed still arrives.
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
