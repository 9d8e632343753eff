import type { RedisConfig } from '../../config/redis-config.ts';
import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import {
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
  splitPosition,
} from '../../ports/record-reader.ts';
import { filterPositions } from '../open-dead-letters.ts';
import { openRedis } from './open-redis.ts';
import { readRedisRecords } from './read-redis-records.ts';
import { findStreamEnd, firstId, parseEntries, StreamReader } from './read-stream.ts';
import type { RedisClient } from './redis-client.ts';
import { confirmWrites } from './write-batches.ts';

interface RedisDeadLettersOptions extends Pick<ReadOptions, 'signal' | 'observer'> {
  readonly config: RedisConfig;
  readonly stream: string;
  /** Selection of dead letters in the stream. */
  readonly selection: RecordSelection;
  /** Name suffix of the sorted set that records which dead letters were replayed. */
  readonly group: string;
  readonly dryRun: boolean;
}

const confirmTimeoutMs = 5_000;

/**
 * Opens the dead letters of a stream. The sorted set `STREAM:replayed:GROUP` contains the IDs of replayed dead
 * letters. If entries were trimmed from the stream, their IDs are removed from the set.
 *
 * @throws {RedisError}
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
  { config, stream, selection, group, dryRun, signal, observer }: RedisDeadLettersOptions,
): Promise<DeadLetterStore> {
  const replayedKey = `${stream}:replayed:${group}`;
  const end = await findStreamEnd(client, stream);
  if (!dryRun) {
    await removeTrimmedIds(client, stream, replayedKey);
  }

  return {
    name: `the stream ${stream}`,
    async *records() {
      observer.onStart(`the stream ${stream}`, Number(await client.call(['XLEN', stream])));
      const positions = [new StreamReader(stream, stream, { after: firstId, to: end })];
      for await (const page of readRedisRecords(config, selection, {
        follow: false,
        signal,
        observer,
        positions,
      })) {
        yield await selectUnreplayed(client, replayedKey, page);
      }
    },
    async markReplayed(places) {
      const ids = places.map((place) => splitPosition(place)[1]);
      await client.call(['ZADD', replayedKey, ...ids.flatMap((id) => [id.split('-')[0] ?? '0', id])]);
      const confirmation = config.memoryOnly ? 'memory' : 'waitaof';
      const confirmationError = await confirmWrites(client, {
        confirmation,
        replicas: config.replicas,
        confirmTimeoutMs,
      });
      if (confirmationError !== undefined) {
        throw confirmationError;
      }
    },
    async listReplayed(places) {
      const streamDeadLetters = filterPositions(places, (part) => part === stream).map((place) => ({
        place,
      }));
      const unreplayedLetters = new Set(
        streamDeadLetters.length === 0 ? [] : await selectUnreplayed(client, replayedKey, streamDeadLetters),
      );
      return streamDeadLetters.filter((each) => !unreplayedLetters.has(each)).map(({ place }) => place);
    },
    close: async () => client.close(),
  };
}

async function selectUnreplayed<T extends Pick<StoredRecord, 'place'>>(
  { call }: RedisClient,
  replayed: string,
  records: readonly T[],
): Promise<readonly T[]> {
  const replayScores = await call([
    'ZMSCORE',
    replayed,
    ...records.map(({ place }) => splitPosition(place)[1]),
  ]);
  return records.filter((_, index) => !Array.isArray(replayScores) || replayScores[index] === null);
}

/** Removes IDs that are lower than the first ID of the stream. */
async function removeTrimmedIds(client: RedisClient, stream: string, replayed: string): Promise<void> {
  const [first] = parseEntries(await client.callForBytes(['XRANGE', stream, '-', '+', 'COUNT', '1']));
  if (first !== undefined) {
    await client.call(['ZREMRANGEBYSCORE', replayed, '-inf', `(${first.id.split('-')[0]}`]);
  }
}
