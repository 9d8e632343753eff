import { partitionFor } from '../append/partition-for.ts';
import type { RedisConfig } from '../config/redis-config.ts';
import type { StoredEvents } from '../sink/stored-events.ts';
import { openRedis } from './open-redis.ts';
import { findStreamEnd, readStream } from './read-stream.ts';
import { toStreamNames } from './stream-names.ts';

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
