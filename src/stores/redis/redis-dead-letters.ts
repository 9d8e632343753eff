import type { RedisConfig } from '../../config/redis-config.ts';
import { type DeadLetter, type DeadLetterStore, toDeadLetter } from '../../ports/dead-letter.ts';
import { openRedis } from './open-redis.ts';
import { findStreamEnd, firstId, parseEntries, readStream } from './read-stream.ts';
import type { RedisClient } from './redis-client.ts';
import type { StreamRecord } from './stream-entry.ts';
import { confirm } from './write-batches.ts';

interface RedisDeadLettersOptions {
  readonly config: RedisConfig;
  readonly stream: string;
  /** Names what remembers which dead letters were put back. */
  readonly group: string;
  readonly dryRun: boolean;
}

const confirmTimeoutMs = 5_000;

/**
 * Dead letters in a stream. A sorted set beside it, `STREAM:replayed:GROUP`, has the identifiers of those that were put
 * back; those that the stream no longer has are taken out of it. @throws {RedisError}
 */
export async function openRedisDeadLetters(options: RedisDeadLettersOptions): Promise<DeadLetterStore> {
  const client = await openRedis(options.config);
  try {
    return await readDeadLetters(client, options);
  } catch (error) {
    client.close();
    throw error;
  }
}

async function readDeadLetters(
  client: RedisClient,
  { config, stream, group, dryRun }: RedisDeadLettersOptions,
): Promise<DeadLetterStore> {
  const replayed = `${stream}:replayed:${group}`;
  const end = await findStreamEnd(client, stream);
  if (!dryRun) {
    await forgetTrimmed(client, stream, replayed);
  }

  async function remember(letters: ReadonlySet<DeadLetter>): Promise<void> {
    if (letters.size === 0) {
      return;
    }
    const ids = [...letters].map(({ place }) => place.slice(stream.length + 1));
    await client.call(['ZADD', replayed, ...ids.flatMap((id) => [id.split('-')[0] ?? '0', id])]);
    const confirmation = config.memoryOnly ? 'memory' : 'waitaof';
    const missing = await confirm(client, { confirmation, replicas: config.replicas, confirmTimeoutMs });
    if (missing !== undefined) {
      throw missing;
    }
  }

  const total = Number(await client.call(['XLEN', stream])) - Number(await client.call(['ZCARD', replayed]));
  return {
    name: `the stream ${stream}`,
    total: Math.max(0, total),
    async read(handle) {
      for await (const page of readStream(client, stream, { after: firstId, to: end })) {
        const records = await leaveOutReplayed(client, replayed, page);
        if (records.length > 0) {
          await remember(
            await handle(
              records.map(({ id, value, headers }) => toDeadLetter(value, headers, `${stream}/${id}`)),
            ),
          );
        }
      }
    },
    close: async () => client.close(),
  };
}

async function leaveOutReplayed(
  { call }: RedisClient,
  replayed: string,
  records: readonly StreamRecord[],
): Promise<readonly StreamRecord[]> {
  const scores = await call(['ZMSCORE', replayed, ...records.map(({ id }) => id)]);
  return records.filter((_, index) => !Array.isArray(scores) || scores[index] === null);
}

/** Identifiers below the first one of the stream. */
async function forgetTrimmed(client: RedisClient, stream: string, replayed: string): Promise<void> {
  const [first] = parseEntries(await client.callForBytes(['XRANGE', stream, '-', '+', 'COUNT', '1']));
  if (first !== undefined) {
    await client.call(['ZREMRANGEBYSCORE', replayed, '-inf', `(${first.id.split('-')[0]}`]);
  }
}
