import { partitionFor } from '../append/partition-for.ts';
import type { RedisConfig } from '../config/redis-config.ts';
import type { StoredEvents } from '../sink/stored-events.ts';
import { openRedis } from './open-redis.ts';
import type { RedisClient } from './redis-client.ts';
import { RedisError } from './redis-error.ts';
import type { BytesReply } from './resp.ts';
import { parseEntry, type StreamRecord } from './stream-entry.ts';
import { toStreamNames } from './topic-streams.ts';

export interface StreamRange {
  /** Behind this entry; `0-0` for all. */
  readonly after: string;
  /** Up to this entry, with it. */
  readonly to: string;
}

/** The identifier before all others. */
export const firstId = '0-0';

const pageEntries = 500;

/** Reads a range of a stream in pages, oldest first. @throws {RedisError} */
export async function* readStream(
  { callForBytes }: Pick<RedisClient, 'callForBytes'>,
  stream: string,
  { after, to }: StreamRange,
): AsyncGenerator<readonly StreamRecord[]> {
  let from = after;
  for (;;) {
    const reply = await callForBytes(['XRANGE', stream, `(${from}`, to, 'COUNT', String(pageEntries)]);
    const records = parseEntries(reply);
    if (records.length > 0) {
      yield records;
    }
    const last = records.at(-1);
    if (last === undefined || records.length < pageEntries) {
      return;
    }
    from = last.id;
  }
}

/** The last entry of a stream as it is now; `0-0` when it has none. @throws {RedisError} */
export async function findStreamEnd(
  { callForBytes }: Pick<RedisClient, 'callForBytes'>,
  stream: string,
): Promise<string> {
  const reply = await callForBytes(['XREVRANGE', stream, '+', '-', 'COUNT', '1']);
  return parseEntries(reply)[0]?.id ?? firstId;
}

/** Reads a list of entries, each an identifier and its fields. An entry that was deleted meanwhile has none. */
export function parseEntries(reply: BytesReply): StreamRecord[] {
  if (!Array.isArray(reply)) {
    throw new RedisError('answer', 'the answer is no list of entries');
  }
  return reply.flatMap((entry: BytesReply) => {
    const [id, fields] = Array.isArray(entry) ? entry : [];
    return Array.isArray(fields) ? [parseEntry(String(id), fields as readonly Buffer[])] : [];
  });
}

/** Entries of one stream. */
export interface StreamEntries {
  readonly stream: string;
  readonly entries: readonly StreamRecord[];
}

/** Reads the answer to a reading of several streams; those without entries are left out. */
export function parseStreams(reply: BytesReply): StreamEntries[] {
  if (reply === null) {
    return [];
  }
  if (!Array.isArray(reply)) {
    throw new RedisError('answer', 'the answer is no list of streams');
  }
  return reply.map((each: BytesReply) => {
    const [stream, entries] = Array.isArray(each) ? each : [];
    return { stream: String(stream), entries: parseEntries(entries ?? null) };
  });
}

/** What is added to the streams of a topic from now on. @throws {RedisError} */
export async function openRedisEvents(config: RedisConfig, topic: string): Promise<StoredEvents> {
  const streams = toStreamNames(topic, config.streamCount);
  const begins = new Map<string, string>();
  const client = await openRedis(config);
  try {
    for (const stream of streams) {
      begins.set(stream, await findStreamEnd(client, stream));
    }
  } finally {
    client.close();
  }
  return {
    name: `the stream ${topic}`,
    partitionOf: (key) => partitionFor(key, streams.length),
    async read(handle) {
      const reader = await openRedis(config);
      try {
        for (const [partition, stream] of streams.entries()) {
          const range = { after: begins.get(stream) ?? '0-0', to: await findStreamEnd(reader, stream) };
          for await (const records of readStream(reader, stream, range)) {
            for (const { key, value, headers } of records) {
              handle({ key, value, id: headers.ce_id, partition });
            }
          }
        }
      } finally {
        reader.close();
      }
    },
  };
}
