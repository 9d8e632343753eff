import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { closeServer } from '../close-server.ts';
import { freePorts } from '../free-ports.ts';
import type { DropAnswers } from '../kafka/fault-proxy.ts';

/**
 * A TCP proxy in front of one node. It knows enough of AMQP 0-9-1 to lose the confirm of a message that the server has
 * already taken.
 */
export interface AmqpProxy {
  readonly port: number;
  /** Confirms lost so far. */
  readonly droppedConfirms: number;
  readonly connectionCount: number;
  /** Ends every fault. Connections that stand are kept. */
  pass(): Promise<void>;
  dropConfirms(drop: DropAnswers): void;
  cutAll(): number;
  /** Connections are accepted and stay up; nothing is forwarded. */
  freeze(): void;
  /** Cuts every connection and closes the port. */
  refuse(): Promise<void>;
  close(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

const frameHeaderBytes = 7;
const methodFrame = 1;
/** Class and method of basic.ack and basic.nack. */
const confirms: readonly number[] = [(60 << 16) | 80, (60 << 16) | 120];

export async function createAmqpProxy(
  serverPort: number,
  random: () => number = Math.random,
): Promise<AmqpProxy> {
  const [port = 0] = await freePorts(1);
  const links = new Set<Link>();
  let drop: DropAnswers | undefined;
  let dropped = 0;
  let droppedByRule = 0;
  let isFrozen = false;
  let listener: Server | undefined;

  function cut({ client, server }: Link): void {
    client.destroy();
    server.destroy();
  }

  function applyFreeze({ client, server }: Link): void {
    for (const socket of [client, server]) {
      if (isFrozen) {
        socket.pause();
      } else {
        socket.resume();
      }
    }
  }

  /** @returns what becomes of a confirm */
  function decide(): 'pass' | DropAnswers['ending'] {
    if (drop === undefined || droppedByRule >= (drop.limit ?? Infinity) || random() >= drop.probability) {
      return 'pass';
    }
    dropped += 1;
    droppedByRule += 1;
    return drop.ending;
  }

  function link(client: Socket): void {
    const server = connect({ host: '127.0.0.1', port: serverPort });
    const own: Link = { client, server };
    let rest: Buffer = Buffer.alloc(0);
    let isMute = false;
    links.add(own);
    client.on('data', (data) => server.write(data));
    server.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      for (let frame = takeFrame(); frame !== undefined && !client.destroyed; frame = takeFrame()) {
        const fate = isConfirm(frame) ? decide() : 'pass';
        isMute ||= fate === 'silent';
        if (fate === 'cut') {
          cut(own);
        } else if (!isMute) {
          client.write(frame);
        }
      }
    });

    function takeFrame(): Buffer | undefined {
      if (rest.length < frameHeaderBytes) {
        return undefined;
      }
      const size = frameHeaderBytes + rest.readUInt32BE(3) + 1;
      if (rest.length < size) {
        return undefined;
      }
      const frame = rest.subarray(0, size);
      rest = rest.subarray(size);
      return frame;
    }

    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => cut(own));
      socket.on('close', () => {
        cut(own);
        links.delete(own);
      });
    }
    applyFreeze(own);
  }

  async function open(): Promise<void> {
    if (listener === undefined) {
      listener = createServer(link);
      listener.listen(port, '127.0.0.1');
      await once(listener, 'listening');
    }
  }

  function cutAll(): number {
    const count = links.size;
    for (const each of links) {
      cut(each);
    }
    return count;
  }

  async function refuse(): Promise<void> {
    const closing = listener;
    listener = undefined;
    if (closing !== undefined) {
      await closeServer(closing, cutAll);
    }
  }

  await open();
  return {
    port,
    get droppedConfirms() {
      return dropped;
    },
    get connectionCount() {
      return links.size;
    },
    async pass() {
      drop = undefined;
      isFrozen = false;
      for (const each of links) {
        applyFreeze(each);
      }
      await open();
    },
    dropConfirms(rule) {
      drop = rule;
      droppedByRule = 0;
    },
    cutAll,
    freeze() {
      isFrozen = true;
      for (const each of links) {
        applyFreeze(each);
      }
    },
    refuse,
    close: refuse,
  };
}

function isConfirm(frame: Buffer): boolean {
  return frame[0] === methodFrame && confirms.includes(frame.readUInt32BE(frameHeaderBytes));
}
