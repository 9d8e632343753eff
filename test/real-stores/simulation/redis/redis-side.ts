import { once } from 'node:events';
import { connect } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { Decoder, RESP_TYPES } from '@redis/client/dist/lib/RESP/decoder.js';
import type { BytesReply, Command } from '../../../../src/stores/redis/redis-client.ts';
import { createRedisNode } from '../../../simulation/redis/create-redis-node.ts';
import { createReplication } from '../../../simulation/redis/replication.ts';
import { createRandom } from '../../../simulation/world/random.ts';
import type { ServerWorld } from '../../../simulation/world/world.ts';
import { startRedisServer } from '../../../support/redis/redis-server.ts';
import { waitUntil } from '../../../support/wait-until.ts';

/** A connection of this suite: whole pipelines, and what they were answered. */
export interface Asker {
  /** Resolves when as many answers have come; with those that came before the connection ended. */
  ask(...commands: Command[]): Promise<readonly BytesReply[]>;
  send(bytes: string): Promise<readonly BytesReply[]>;
}

/** What is set on a server while it runs. */
export type Setting =
  | { readonly password: string }
  | { readonly appendOnly: boolean }
  | { readonly isMemoryFull: boolean }
  | { readonly minReplicas: number }
  | { readonly denied: readonly string[] }
  | { readonly appendFsync: 'no' | 'always' | 'everysec' };

/** A server, real or simulated, as a script of the suite sees it. */
export interface Side {
  open(): Promise<Asker>;
  set(setting: Setting): Promise<void>;
  /** It is killed, and started on its own data. */
  restart(): Promise<void>;
  /** It follows another server from now on, or is a primary again. */
  setReplica(isReplica: boolean): Promise<void>;
  /** A replica follows it, and has what it has. */
  addReplica(): Promise<void>;
  end(): Promise<void>;
}

function encode(command: Command): Buffer[] {
  const parts = command.map((part) => Buffer.from(part));
  const argument = (part: Buffer) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')];
  return [Buffer.from(`*${parts.length}\r\n`), ...parts.flatMap(argument)];
}

function createAsker(socket: Duplex): Asker {
  const answers: BytesReply[] = [];
  const take = (answer: BytesReply) => void answers.push(answer);
  const decoder = new Decoder({
    ...{ onReply: take, onErrorReply: take, onPush: take },
    getTypeMapping: () => ({ [RESP_TYPES.BLOB_STRING]: Buffer }),
  });
  let hasEnded = false;
  socket.on('data', (chunk: Buffer) => decoder.write(chunk));
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      hasEnded = true;
    });
  }
  async function send(bytes: Buffer, count: number): Promise<readonly BytesReply[]> {
    socket.write(bytes);
    await waitUntil(() => hasEnded || answers.length >= count, {
      timeoutMs: 30_000,
      pollMs: 2,
      what: 'answers',
    });
    return answers.splice(0);
  }
  return {
    ask: (...commands) => send(Buffer.concat(commands.flatMap(encode)), commands.length),
    send: (bytes) => send(Buffer.from(bytes), Number.POSITIVE_INFINITY),
  };
}

export async function startRealSide(): Promise<Side> {
  const server = await startRedisServer();
  const replicas: Awaited<ReturnType<typeof startRedisServer>>[] = [];
  const set = async (name: string, value: string) => void (await server.ask('CONFIG', 'SET', name, value));
  return {
    async open() {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      return createAsker(socket);
    },
    async set(setting) {
      if ('password' in setting) {
        await set('requirepass', setting.password);
      } else if ('appendOnly' in setting) {
        await set('appendonly', setting.appendOnly ? 'yes' : 'no');
      } else if ('isMemoryFull' in setting) {
        await set('maxmemory', setting.isMemoryFull ? '1' : '0');
      } else if ('minReplicas' in setting) {
        await set('min-replicas-to-write', String(setting.minReplicas));
      } else if ('appendFsync' in setting) {
        await set('appendfsync', setting.appendFsync);
      } else {
        await server.ask('ACL', 'SETUSER', 'default', '+@all', ...setting.denied.map((name) => `-${name}`));
      }
    },
    async restart() {
      await server.kill9();
      await server.start();
    },
    async setReplica(isReplica) {
      await server.ask('REPLICAOF', ...(isReplica ? ['127.0.0.1', '1'] : ['NO', 'ONE']));
    },
    async addReplica() {
      replicas.push(await startRedisServer({ config: { replicaof: `127.0.0.1 ${server.port}` } }));
      await waitUntil(async () => ((await server.ask('WAITAOF', '0', '1', '100')) as number[])[1] === 1, {
        timeoutMs: 20_000,
        what: 'the replica follows',
      });
    },
    async end() {
      await Promise.all([server, ...replicas].map((each) => each.stop()));
    },
  };
}

/** The model, in real time. */
export function startModelSide(): Side {
  const world: ServerWorld = {
    random: createRandom(1),
    now: () => performance.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
    note: () => {},
  };
  const start = (name: string) =>
    createRedisNode({
      name,
      world,
      conditions: { appendFsync: 'always' },
      nowMs: Date.now,
      disturb: () => undefined,
      onExit: () => {},
    });
  const node = start('model');
  return {
    async open() {
      const [client, server] = duplexPair();
      node.accept(server);
      return createAsker(client);
    },
    async set(setting) {
      if ('appendOnly' in setting) {
        node.file.set(setting.appendOnly);
      } else if ('denied' in setting) {
        node.conditions.denied = new Set(setting.denied.map((name) => name.toUpperCase()));
      } else {
        Object.assign(node.conditions, setting);
      }
    },
    async restart() {
      node.kill('written');
      node.start(0);
      await waitUntil(() => node.isRunning(), { timeoutMs: 1_000, pollMs: 1, what: 'the model runs' });
    },
    async setReplica(isReplica) {
      node.setRole(isReplica ? 'replica' : 'primary');
    },
    async addReplica() {
      const replica = start('replica');
      const replication = createReplication(world, node, replica);
      replica.setRole('replica');
      node.setRole('primary', replication);
      await waitUntil(() => replication.isOnline(), { timeoutMs: 30_000, what: 'the replica follows' });
    },
    async end() {
      node.kill('written');
    },
  };
}
