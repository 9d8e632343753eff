import { type RedisAccessConfig, readRedisAccess } from './redis-access.ts';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import {
  readServerFacts,
  readServerSettings,
  type ServerFacts,
  type ServerSettings,
} from './server-facts.ts';

export interface ServerDescription {
  /** `undefined` where this user may not ask. */
  readonly facts: ServerFacts | undefined;
  readonly settings: ServerSettings | undefined;
  /** Entries by stream; without the streams that do not exist, or whose length may not be asked for. */
  readonly lengths: ReadonlyMap<string, number>;
}

const timeoutMs = 5_000;
/** The longest answer is that of INFO. */
const maxAnswerBytes = 4 * 1024 * 1024;

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

/** Connects for one piece of work of a few seconds. @throws {RedisError} */
export async function withRedis<T>(
  config: RedisAccessConfig,
  work: (client: RedisClient) => Promise<T>,
): Promise<T> {
  const client = createRedisClient(readRedisAccess(config), {
    connectTimeoutMs: timeoutMs,
    maxAnswerBytes,
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    client.close();
  }, timeoutMs);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw isLate ? new RedisError('timeout', `no answer within ${timeoutMs} ms`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
    client.close();
  }
}

/** `undefined` for a stream that does not exist, and for what is no stream. */
async function readLength(client: RedisClient, stream: string): Promise<number | undefined> {
  try {
    const exists = await client.call(['EXISTS', stream]);
    const length = exists === 1 ? await client.call(['XLEN', stream]) : undefined;
    return typeof length === 'number' && length >= 0 ? length : undefined;
  } catch (error) {
    if (error instanceof RedisError && (error.kind === 'rights' || error.kind === 'type')) {
      return undefined;
    }
    throw error;
  }
}
