import type { World } from '../world/world.ts';
import type { LinkState } from './link.ts';
import { Pipe } from './pipe.ts';
import type { SimulatedSocket } from './simulated-socket.ts';

/** How a connection ends from outside. */
export type CutKind = 'reset' | 'end' | 'silence';

export type Connection = ReturnType<typeof createConnection>;

interface ConnectionDeps {
  readonly world: World;
  readonly link: LinkState;
  readonly client: SimulatedSocket;
  readonly server: SimulatedSocket;
  /** Nothing passes any more. */
  readonly onClosed: () => void;
}

/** Joins two sockets. */
export function createConnection({ world, link, client, server, onClosed }: ConnectionDeps) {
  const onCut = () => cut('reset');
  const toServer = new Pipe({ world, link, end: server, onCut });
  const toClient = new Pipe({ world, link, end: client, onCut });
  const closedSides = new Set<SimulatedSocket>();

  /**
   * `reset`: both sides get an error. `end`: both sides see an orderly end. `silence`: nothing passes any more, and no side
   * is told.
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

  /** The other side reads what is under way, then the end. What it sends then is answered by a reset. */
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
    /** The process of one side has ended, and its system tells the other. What it has closed before, that goes on to send. */
    abandon: (side: SimulatedSocket) =>
      world.random.chance(0.5) && !closedSides.has(side) ? cut('reset') : close(side),
    /** Lets pass what a freeze held back. */
    release() {
      toServer.release();
      toClient.release();
    },
  };
}

/** An error as node:net gives it. */
export function toSystemError(code: string, message: string, fields: object = {}): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code, syscall: message.split(' ')[0], ...fields });
}
