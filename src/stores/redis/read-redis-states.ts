import type { RedisConfig } from '../../config/redis-config.ts';
import {
  isInTime,
  listTopicNames,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { openRedis } from './open-redis.ts';
import type { BytesReply, RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import { parseEntry } from './stream-entry.ts';

const pageKeys = 500;

/** The latest states, each in a hash of its own, as the filter keeps them. @throws {RedisError} */
export async function* readRedisStates(
  config: RedisConfig,
  selection: RecordSelection,
  { follow, signal, observer }: ReadOptions,
): AsyncGenerator<readonly PlacedRecord[]> {
  if (follow) {
    throw new UsageError(
      'the latest states of Redis are hashes, which do not tell of changes: give --no-follow for those of now, or leave out --latest',
    );
  }
  const { keys } = selection;
  const client = await openRedis(config);
  try {
    for (const topic of listTopicNames(selection)) {
      const [first, ...others] = keys ?? [];
      const isOne = first !== undefined && others.length === 0;
      observer.begins(isOne ? `the hash ${topic}:${first}` : `the hashes ${topic}:…`, keys?.size);
      const pages = keys === undefined ? scanNames(client, topic) : listNames(topic, keys);
      for await (const names of pages) {
        if (signal.aborted) {
          return;
        }
        const states = await Promise.all(names.map((name) => readState(client, topic, name)));
        observer.passed(names.length);
        yield states.filter(
          (state) => state !== undefined && isInTime(state.storedAtMs, selection),
        ) as PlacedRecord[];
      }
    }
  } finally {
    client.close();
  }
}

function* listNames(topic: string, keys: ReadonlySet<string>): Generator<readonly Buffer[]> {
  const names = [...keys].map((key) => Buffer.from(`${topic}:${key}`));
  for (let at = 0; at < names.length; at += pageKeys) {
    yield names.slice(at, at + pageKeys);
  }
}

/** May give a name twice while the server makes its table larger. */
async function* scanNames({ callForBytes }: RedisClient, topic: string): AsyncGenerator<readonly Buffer[]> {
  const pattern = `${topic.replaceAll(/[\\*?[\]]/g, '\\$&')}:*`;
  let cursor = '0';
  do {
    const reply = await callForBytes([
      'SCAN',
      cursor,
      'MATCH',
      pattern,
      'COUNT',
      String(pageKeys),
      'TYPE',
      'hash',
    ]);
    const [next, names] = Array.isArray(reply) ? (reply as readonly BytesReply[]) : [];
    if (!Array.isArray(names)) {
      throw new RedisError('answer', 'the answer to SCAN is no list of names');
    }
    yield names as readonly Buffer[];
    cursor = String(next);
  } while (cursor !== '0');
}

async function readState(
  { callForBytes }: RedisClient,
  topic: string,
  name: Buffer,
): Promise<PlacedRecord | undefined> {
  const fields = await callForBytes(['HGETALL', name]);
  if (!Array.isArray(fields) || fields.length === 0) {
    return undefined;
  }
  const { id: place, ...record } = parseEntry(String(name), fields as readonly Buffer[]);
  const receivedAtMs = Date.parse(record.headers['received-at'] ?? '');
  // If it was erased, only its name tells the key.
  const key = record.key ?? place.slice(topic.length + 1);
  return { ...record, key, topic, place, storedAtMs: Number.isNaN(receivedAtMs) ? 0 : receivedAtMs };
}
