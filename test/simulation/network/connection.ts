import type { World } from '../world/world.ts';
import type { LinkState } from './link.ts';
import { Pipe } from './pipe.ts';
import type { SimulatedSocket } from './simulated-socket.ts';

/** How a fault ends a connection. */
export type CutKind = 'reset' | 'end' | 'silence';

export type Connection = ReturnType<typeof createConnection>;

interface ConnectionDeps {
  readonly world: World;
  readonly link: LinkState;
  readonly client: SimulatedSocket;
  readonly server: SimulatedSocket;
  /** Called when the connection transfers no more data. */
  readonly onClosed: () => void;
}

/** Connects two sockets. */
export function createConnection({ world, link, client, server, onClosed }: ConnectionDeps) {
  const onCut = () => cut('reset');
  const toServer = new Pipe({ world, link, end: server, onCut });
  const toClient = new Pipe({ world, link, end: client, onCut });
  const closedSides = new Set<SimulatedSocket>();

  /**
   * Cuts the connection. `reset`: both sides get an error. `end`: both sides see an orderly end. `silence`: the
   * connection transfers no more data, and neither side is notified.
   */
  function cut(kind: CutKind): void {
    toServer.close();
    toClient.close();
    for (const socket of [client, server]) {
      if (kind === 'reset') {
        socket.fail(toSystemError('ECONNRESET', 'read ECONNRESET'));
      } else if (kind === 'end') {
        socket.receiveEnd();
      }
    }
    onClosed();
  }

  const waysOf = (side: SimulatedSocket) =>
    side === client
      ? { outgoing: toServer, incoming: toClient, other: server }
      : { outgoing: toClient, incoming: toServer, other: client };

  /**
   * Closes one side of the connection. The other side reads the data in flight and then the end. If the other side
   * sends more data, it gets a reset.
   */
  function close(side: SimulatedSocket): void {
    const { outgoing, incoming, other } = waysOf(side);
    closedSides.add(side);
    outgoing.sendEnd();
    incoming.close(() => world.after(1, () => other.fail(toSystemError('EPIPE', 'write EPIPE'))));
    if (closedSides.size === 2) {
      onClosed();
    }
  }

  function attach(side: SimulatedSocket): void {
    const { outgoing, incoming, other } = waysOf(side);
    const reset = () => {
      outgoing.close();
      other.fail(toSystemError('ECONNRESET', 'read ECONNRESET'));
    };
    side.attach({ outgoing, incoming, closed: () => close(side), reset });
  }

  attach(client);
  attach(server);
  return {
    client,
    server,
    cut,
    /**
     * Closes the socket of an ended process, as an operating system does. A side that was closed earlier continues to
     * send its buffered data.
     */
    abandon: (side: SimulatedSocket) =>
      world.random.chance(0.5) && !closedSides.has(side) ? cut('reset') : close(side),
    /** Delivers the data that a freeze delayed. */
    release() {
      toServer.release();
      toClient.release();
    },
  };
}

/** Creates an error with the same properties as an error of node:net. */
export function toSystemError(code: string, message: string, fields: object = {}): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code, syscall: message.split(' ')[0], ...fields });
}
