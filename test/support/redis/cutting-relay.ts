import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a server, and cuts each connection after some bytes, wherever they are in an answer or a command. */
export interface CuttingRelay {
  readonly port: number;
  /** How many bytes of either way a new connection may have; without it nothing is cut. */
  chooseBytes: (() => number) | undefined;
  cuts(): number;
  cutAll(): void;
  close(): Promise<void>;
}

export async function startCuttingRelay(serverPort: number): Promise<CuttingRelay> {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const listening = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    let left = relay.chooseBytes?.() ?? Number.POSITIVE_INFINITY;
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
        } else {
          cuts += 1;
          // What was allowed still arrives.
          to.end(data.subarray(0, left));
          left = 0;
          from.destroy();
        }
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
    chooseBytes: undefined,
    cuts: () => cuts,
    cutAll,
    async close() {
      const closed = once(listening, 'close');
      listening.close();
      cutAll();
      await closed;
    },
  };
  return relay;
}
