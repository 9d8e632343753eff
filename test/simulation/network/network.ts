import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { type Connection, type CutKind, createConnection, toSystemError } from './connection.ts';
import { createLinkState, type LinkState } from './link.ts';
import { SimulatedSocket } from './simulated-socket.ts';

/** A server of the simulation, or a server in a simulated process. */
export interface Listener {
  /**
   * Accepts a connection.
   *
   * @param from name of the client process. Empty if the client is not a simulated process.
   */
  readonly accept: (socket: SimulatedSocket, from: string) => void;
  readonly owner: SimulatedProcess | undefined;
  readonly allowHalfOpen: boolean;
}

export type Link = ReturnType<Network['link']>;
export type Network = ReturnType<typeof createNetwork>;

interface Place extends LinkState {
  readonly listeners: Listener[];
  readonly connections: Set<Connection>;
}

const handshakeMs = { from: 1, to: 4 };
/** Time after which the client's operating system retries a handshake. */
const handshakeAgainMs = 1_000;

export function createNetwork(world: World) {
  const places = new Map<string, Place>();
  const watched = new WeakSet<SimulatedProcess>();

  function placeOf(address: string): Place {
    const place = places.get(address) ?? {
      ...createLinkState(),
      listeners: [],
      connections: new Set<Connection>(),
    };
    places.set(address, place);
    return place;
  }

  /** Closes the sockets that a process leaves open when it ends. */
  function watch(owner: SimulatedProcess | undefined): void {
    if (owner === undefined || watched.has(owner)) {
      return;
    }
    watched.add(owner);
    owner.onEnd(() => {
      for (const { connections, listeners } of places.values()) {
        removeAll(listeners, (each) => each.owner === owner);
        for (const connection of [...connections]) {
          for (const side of [connection.client, connection.server]) {
            if (side.owner === owner) {
              connection.abandon(side);
            }
          }
        }
      }
    });
  }

  function shakeHands(client: SimulatedSocket, address: string): void {
    const place = placeOf(address);
    if (client.destroyed || client.owner?.isAlive() === false) {
      return;
    }
    if (place.isFrozen) {
      world.after(handshakeAgainMs, () => shakeHands(client, address));
      return;
    }
    const { listeners } = place;
    if (place.isRefusing || listeners.length === 0) {
      const [host, port] = address.split(':');
      const text = `connect ECONNREFUSED ${address}`;
      client.fail(toSystemError('ECONNREFUSED', text, { address: host, port: Number(port) }));
      return;
    }
    join(client, world.random.pick(listeners), place);
  }

  function join(client: SimulatedSocket, { owner, allowHalfOpen, ...listener }: Listener, link: Place): void {
    const remote = { host: '10.0.0.2', port: 40_000 };
    const server = new SimulatedSocket({ owner, remote, allowHalfOpen });
    const onClosed = () => link.connections.delete(connection);
    const connection = createConnection({ world, link, client, server, onClosed });
    link.connections.add(connection);
    runAs(owner, () => listener.accept(server, client.owner?.name ?? ''));
    runAs(client.owner, () => client.emit('connect') && client.emit('ready'));
  }

  /** Listens on an address on behalf of a process. */
  function listenAs(address: string, listener: Listener): () => void {
    const { listeners } = placeOf(address);
    watch(listener.owner);
    listeners.push(listener);
    return () => removeAll(listeners, (each) => each === listener);
  }

  return {
    listenAs,
    /**
     * Listens on an address.
     *
     * @param address `host:port`
     * @returns a function that stops listening and keeps open connections
     */
    listen: (address: string, accept: Listener['accept']) =>
      listenAs(address, { accept, owner: undefined, allowHalfOpen: false }),
    connect({ host, port }: { readonly host: string; readonly port: number }) {
      const owner = world.processes.current();
      watch(owner);
      const socket = new SimulatedSocket({ owner, remote: { host, port }, allowHalfOpen: false });
      world.after(world.random.between(handshakeMs.from, handshakeMs.to), () =>
        shakeHands(socket, `${host}:${port}`),
      );
      return socket;
    },
    /** Controls the faults of the link to one address. */
    link(address: string) {
      const place = placeOf(address);
      return {
        /** Holds back all data and handshakes until `thaw` is called. */
        freeze() {
          place.isFrozen = true;
        },
        thaw() {
          place.isFrozen = false;
          for (const connection of place.connections) {
            connection.release();
          }
        },
        /** Refuses new connections until `admit` is called. */
        refuse() {
          place.isRefusing = true;
        },
        admit() {
          place.isRefusing = false;
        },
        /** Delays each piece of data by this time. The value 0 removes the delay. */
        slow(delayMs: number) {
          place.delayMs = delayMs;
        },
        /** Ends all current connections. */
        cut(kind: CutKind) {
          for (const connection of [...place.connections]) {
            connection.cut(kind);
          }
        },
        /** Cuts the connection that carries the last of this number of bytes. `undefined` cancels the cut. */
        cutAfter(bytes: number | undefined) {
          place.bytesToCut = bytes;
        },
        get connectionCount() {
          return place.connections.size;
        },
      };
    },
  };
}

function runAs(owner: SimulatedProcess | undefined, work: () => void): void {
  if (owner === undefined) {
    work();
  } else {
    owner.run(work);
  }
}

function removeAll<T>(list: T[], isMeant: (each: T) => boolean): void {
  for (let index = list.length - 1; index >= 0; index -= 1) {
    if (isMeant(list[index] as T)) {
      list.splice(index, 1);
    }
  }
}
