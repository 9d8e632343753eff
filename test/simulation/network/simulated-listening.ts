import type { Server } from 'node:net';
import type { World } from '../world/world.ts';
import type { Network } from './network.ts';
import type { SimulatedSocket } from './simulated-socket.ts';

/** A node:net server that listens on the simulated network. */
export interface Listening {
  readonly port: number;
  /** Stops accepting connections. Emits `close` after the last connection has ended. */
  close(): void;
}

interface ListeningDeps {
  readonly server: Server;
  readonly world: World;
  readonly network: Network;
  /** The value 0 requests any free port. */
  readonly port: number;
}

/** Creates the listening server. Its host is the name of the process. */
export function createListening({ server, world, network, port: wanted }: ListeningDeps): Listening {
  const owner = world.processes.current();
  const port = wanted === 0 ? world.random.between(10_000, 60_000) : wanted;
  const sockets = new Set<SimulatedSocket>();
  let isClosed = false;
  const stop = network.listenAs(`${owner?.name ?? 'localhost'}:${port}`, {
    owner,
    accept,
    allowHalfOpen: (server as Server & { readonly allowHalfOpen: boolean }).allowHalfOpen,
  });

  function accept(socket: SimulatedSocket): void {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      closeIfDone();
    });
    server.emit('connection', socket);
  }

  function closeIfDone(): void {
    if (isClosed && sockets.size === 0) {
      process.nextTick(() => server.emit('close'));
    }
  }

  return {
    port,
    close() {
      if (!isClosed) {
        isClosed = true;
        stop();
        closeIfDone();
      }
    },
  };
}
