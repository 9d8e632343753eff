import { withRedis } from './open-redis.ts';
import type { RedisAccessConfig } from './redis-access.ts';
import type { RedisClient, RedisReply } from './redis-client.ts';
import { RedisError } from './redis-error.ts';

/** Properties of a server, as INFO reports them. */
export interface ServerFacts {
  /** Product and version, such as "Redis 7.2.4". */
  readonly name: string;
  /** Whether the server supports `WAITAOF`, which was added in Redis 7.2. */
  readonly hasWaitAof: boolean;
  readonly isPrimary: boolean;
  readonly isCluster: boolean;
  readonly isLoading: boolean;
  readonly hasAppendOnlyFile: boolean;
  /** Number of online replicas. */
  readonly replicas: number;
  /** Memory limit in bytes. 0 means no limit, and NaN means that the limit is unknown. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
}

/** Settings of a server, as `CONFIG GET` reports them. */
export interface ServerSettings {
  readonly appendfsync: string;
  /** Whether `no-appendfsync-on-rewrite` is off. */
  readonly syncsDuringRewrite: boolean;
  /** Value of `proto-max-bulk-len`, or NaN if the value is unknown. */
  readonly maxArgumentBytes: number;
}

/** Reads the properties of the server. @returns `undefined` if this user may not run INFO. @throws {RedisError} */
export async function readServerFacts(client: Pick<RedisClient, 'call'>): Promise<ServerFacts | undefined> {
  const reply = await queryIfAllowed(client, ['INFO']);
  return typeof reply === 'string' ? parseServerFacts(reply) : undefined;
}

/**
 * Reads the settings of the server.
 *
 * @returns `undefined` if this user may not run CONFIG GET, as on most managed servers
 * @throws {RedisError}
 */
export async function readServerSettings(
  client: Pick<RedisClient, 'call'>,
): Promise<ServerSettings | undefined> {
  const values = new Map<string, string>();
  // Redis 6 does not support CONFIG GET with several names, so each name has its own call.
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

export interface InspectedServer {
  /** Properties of the server, or `undefined` if this user may not run INFO. */
  readonly facts: ServerFacts | undefined;
  /** Settings of the server, or `undefined` if this user may not run CONFIG GET. */
  readonly settings: ServerSettings | undefined;
}

export interface ServerDescription extends InspectedServer {
  /** Number of entries in each stream. Streams that do not exist or that the user may not read are omitted. */
  readonly lengths: ReadonlyMap<string, number>;
}

/** Describes the server over a separate connection. @throws {RedisError} if the server does not respond */
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

/**
 * Reads the length of a stream.
 *
 * @returns `undefined` if the key does not exist, is not a stream, or may not be read
 */
async function readLength(client: RedisClient, stream: string): Promise<number | undefined> {
  try {
    const existsReply = await client.call(['EXISTS', stream]);
    const length = existsReply === 1 ? await client.call(['XLEN', stream]) : undefined;
    return typeof length === 'number' ? length : undefined;
  } catch (error) {
    if (error instanceof RedisError && (error.kind === 'rights' || error.kind === 'type')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Runs a command.
 *
 * @returns `undefined` if this user may not run the command, or if a managed server has renamed or removed the command
 */
async function queryIfAllowed(
  client: Pick<RedisClient, 'call'>,
  args: readonly string[],
): Promise<RedisReply | undefined> {
  try {
    return await client.call(args);
  } catch (error) {
    if (
      error instanceof RedisError &&
      (error.kind === 'rights' || error.message.startsWith('ERR unknown command'))
    ) {
      return undefined;
    }
    throw error;
  }
}

function toNumber(text = ''): number {
  return Number.parseInt(text, 10);
}

export function parseServerFacts(info: string): ServerFacts {
  const values = new Map(
    info.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
  const text = (name: string) => values.get(name) ?? '';
  const valkeyVersion = values.get('valkey_version');
  return {
    name: valkeyVersion === undefined ? `Redis ${text('redis_version')}` : `Valkey ${valkeyVersion}`,
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

/** Returns whether this version supports WAITAOF. Valkey reports the Redis version with which it is compatible. */
function hasWaitAof(version: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  return major > 7 || (major === 7 && minor >= 2);
}
