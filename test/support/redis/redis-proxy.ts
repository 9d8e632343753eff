import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { closeServer } from '../close-server.ts';
import { freePorts } from '../free-ports.ts';

export interface LostAnswers {
  /** Share of the packets from the server at which a connection loses its answers from then on, 0 to 1. */
  readonly probability: number;
  /** The connection is cut at that moment, or stays up and never says another word. */
  readonly ending: 'cut' | 'silent';
}

/** A TCP proxy in front of a server. It can lead to another server, as a name or a proxy does after a failover. */
export interface RedisProxy {
  readonly port: number;
  readonly lostAnswers: number;
  /** From the next connection on. */
  leadTo(port: number): void;
  loseAnswers(lost: LostAnswers): void;
  /** Ends every fault. */
  pass(): void;
  /** Connections stay up; nothing is forwarded either way. */
  freeze(): void;
  cutAll(): void;
  close(): Promise<void>;
}

export async function createRedisProxy(serverPort: number, random: () => number): Promise<RedisProxy> {
  const [port = 0] = await freePorts(1);
  const pairs = new Set<readonly [Socket, Socket]>();
  let target = serverPort;
  let lost: LostAnswers | undefined;
  let isFrozen = false;
  let lostAnswers = 0;

  function forward(client: Socket): void {
    const server = connect(target, '127.0.0.1');
    const pair = [client, server] as const;
    let isSilent = false;
    pairs.add(pair);
    client.on('data', (data: Buffer) => server.write(data));
    server.on('data', (data: Buffer) => {
      if (!isSilent && lost !== undefined && random() < lost.probability) {
        lostAnswers += 1;
        isSilent = true;
        if (lost.ending === 'cut') {
          cut(pair);
        }
      }
      if (!isSilent) {
        client.write(data);
      }
    });
    for (const socket of pair) {
      socket.on('error', () => cut(pair));
      socket.on('close', () => cut(pair));
      if (isFrozen) {
        socket.pause();
      }
    }
  }

  function cut(pair: readonly [Socket, Socket]): void {
    pairs.delete(pair);
    for (const socket of pair) {
      socket.destroy();
    }
  }

  const listening: Server = createServer(forward);
  listening.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const setFrozen = (frozen: boolean) => {
    isFrozen = frozen;
    for (const socket of [...pairs].flat()) {
      socket[frozen ? 'pause' : 'resume']();
    }
  };

  function cutAll(): void {
    for (const pair of pairs) {
      cut(pair);
    }
  }

  return {
    port,
    get lostAnswers() {
      return lostAnswers;
    },
    leadTo(next) {
      target = next;
    },
    loseAnswers(value) {
      lost = value;
    },
    pass() {
      lost = undefined;
      setFrozen(false);
    },
    freeze: () => setFrozen(true),
    cutAll,
    close: () => closeServer(listening, cutAll),
  };
}
