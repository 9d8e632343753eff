import { withRedis } from './open-redis.ts';
import type { RedisAccessConfig } from './redis-access.ts';
import type { RedisClient, Reply } from './redis-client.ts';
import { RedisError } from './redis-error.ts';

/** What a server says of itself. */
export interface ServerFacts {
  /** Redis or Valkey, with its version. */
  readonly name: string;
  /** `WAITAOF` came with Redis 7.2. */
  readonly hasWaitAof: boolean;
  readonly isPrimary: boolean;
  readonly isCluster: boolean;
  readonly isLoading: boolean;
  readonly hasAppendOnlyFile: boolean;
  /** Replicas that follow. */
  readonly replicas: number;
  /** 0: no bound; NaN: it does not say. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
}

/** Settings that only `CONFIG GET` tells. */
export interface ServerSettings {
  readonly appendfsync: string;
  /** As `no-appendfsync-on-rewrite` says. */
  readonly syncsDuringRewrite: boolean;
  /** NaN: it does not say. */
  readonly maxArgumentBytes: number;
}

/** @returns `undefined` when this user may not ask. @throws {RedisError} */
export async function readServerFacts(client: Pick<RedisClient, 'call'>): Promise<ServerFacts | undefined> {
  const reply = await queryIfAllowed(client, ['INFO']);
  return typeof reply === 'string' ? parseServerFacts(reply) : undefined;
}

/** @returns `undefined` when this user may not ask, as on most managed servers. @throws {RedisError} */
export async function readServerSettings(
  client: Pick<RedisClient, 'call'>,
): Promise<ServerSettings | undefined> {
  const values = new Map<string, string>();
  // Several names in one question need Redis 7.
  for (const name of ['appendfsync', 'no-appendfsync-on-rewrite', 'proto-max-bulk-len']) {
    const reply = await queryIfAllowed(client, ['CONFIG', 'GET', name]);
    if (Array.isArray(reply) && typeof reply[1] === 'string') {
      values.set(name, reply[1]);
    }
  }
  if (values.size === 0) {
    return undefined;
  }
  return {
    appendfsync: values.get('appendfsync') ?? '',
    syncsDuringRewrite: values.get('no-appendfsync-on-rewrite') !== 'yes',
    maxArgumentBytes: toNumber(values.get('proto-max-bulk-len')),
  };
}

export interface SeenServer {
  /** `undefined` where this user may not ask. */
  readonly facts: ServerFacts | undefined;
  readonly settings: ServerSettings | undefined;
}

export interface ServerDescription extends SeenServer {
  /** Entries by stream; without the streams that do not exist, or whose length may not be asked for. */
  readonly lengths: ReadonlyMap<string, number>;
}

/** Looks at the server on a connection of its own. @throws {RedisError} when it does not answer */
export function describeServer(
  config: RedisAccessConfig,
  streams: readonly string[],
): Promise<ServerDescription> {
  return withRedis(config, async (client) => {
    const facts = await readServerFacts(client);
    const settings = await readServerSettings(client);
    const lengths = new Map<string, number>();
    for (const stream of streams) {
      const length = await readLength(client, stream);
      if (length !== undefined) {
        lengths.set(stream, length);
      }
    }
    return { facts, settings, lengths };
  });
}

/** `undefined` for a stream that does not exist, and for what is no stream. */
async function readLength(client: RedisClient, stream: string): Promise<number | undefined> {
  try {
    const exists = await client.call(['EXISTS', stream]);
    const length = exists === 1 ? await client.call(['XLEN', stream]) : undefined;
    return typeof length === 'number' ? length : undefined;
  } catch (error) {
    if (error instanceof RedisError && (error.kind === 'rights' || error.kind === 'type')) {
      return undefined;
    }
    throw error;
  }
}

/** Servers that forbid a command answer NOPERM, or that they do not know it. */
async function queryIfAllowed(
  client: Pick<RedisClient, 'call'>,
  args: readonly string[],
): Promise<Reply | undefined> {
  try {
    return await client.call(args);
  } catch (error) {
    if (error instanceof RedisError && (error.kind === 'rights' || error.kind === 'server')) {
      return undefined;
    }
    throw error;
  }
}

function toNumber(text = ''): number {
  return Number.parseInt(text, 10);
}

/** Reads the answer of `INFO`. */
export function parseServerFacts(info: string): ServerFacts {
  const values = new Map(
    info.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
  const text = (name: string) => values.get(name) ?? '';
  const valkey = values.get('valkey_version');
  return {
    name: valkey === undefined ? `Redis ${text('redis_version')}` : `Valkey ${valkey}`,
    hasWaitAof: hasWaitAof(text('redis_version')),
    isPrimary: text('role') !== 'slave',
    isCluster: text('cluster_enabled') === '1',
    isLoading: text('loading') === '1',
    hasAppendOnlyFile: text('aof_enabled') === '1',
    replicas: [...values].filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'))
      .length,
    maxMemoryBytes: toNumber(values.get('maxmemory')),
    evictionPolicy: text('maxmemory_policy'),
  };
}

/** Since 7.2. Valkey names the version of Redis that it is compatible with. */
function hasWaitAof(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return major > 7 || (major === 7 && minor >= 2);
}
