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
  readonly usedMemoryBytes: number;
  /** 0: no bound. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
}

/** Settings that only `CONFIG GET` tells. */
export interface ServerSettings {
  readonly appendfsync: string;
  readonly maxArgumentBytes: number;
}

/** @returns `undefined` when this user may not ask. @throws {RedisError} */
export async function readServerFacts(client: Pick<RedisClient, 'call'>): Promise<ServerFacts | undefined> {
  const reply = await askIfAllowed(client, ['INFO']);
  return typeof reply === 'string' ? parseServerFacts(reply) : undefined;
}

/** @returns `undefined` when this user may not ask, as on most managed servers. @throws {RedisError} */
export async function readServerSettings(
  client: Pick<RedisClient, 'call'>,
): Promise<ServerSettings | undefined> {
  const values = new Map<string, string>();
  // Several names in one question need Redis 7.
  for (const name of ['appendfsync', 'proto-max-bulk-len']) {
    const reply = await askIfAllowed(client, ['CONFIG', 'GET', name]);
    if (!Array.isArray(reply) || reply.length < 2) {
      return undefined;
    }
    values.set(name, String(reply[1]));
  }
  return {
    appendfsync: values.get('appendfsync') ?? '',
    maxArgumentBytes: Number(values.get('proto-max-bulk-len')),
  };
}

/** Servers that forbid a command answer NOPERM, or that they do not know it. */
async function askIfAllowed(
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

const firstWithWaitAof = [7, 2];

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
    hasWaitAof: isAtLeast(text('redis_version'), firstWithWaitAof),
    isPrimary: text('role') !== 'slave',
    isCluster: text('cluster_enabled') === '1',
    isLoading: text('loading') === '1',
    hasAppendOnlyFile: text('aof_enabled') === '1',
    replicas: [...values].filter(([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'))
      .length,
    usedMemoryBytes: Number(text('used_memory')),
    maxMemoryBytes: Number(text('maxmemory')),
    evictionPolicy: text('maxmemory_policy'),
  };
}

/** Valkey names the version of Redis that it is compatible with. */
function isAtLeast(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
