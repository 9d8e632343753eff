import type { RedisConfig } from '../../config/redis-config.ts';
import { listTopicNames, type RecordSelection, type StoreEnds } from '../../ports/record-reader.ts';
import { partitionFor } from '../append/partition-for.ts';
import { withRedis } from './open-redis.ts';
import { findStreamEnd } from './read-stream.ts';
import { toStreamNames } from './topic-streams.ts';

/** The last entry of each stream. @throws {RedisError} */
export async function findRedisEnds(config: RedisConfig, selection: RecordSelection): Promise<StoreEnds> {
  const topics = listTopicNames(selection);
  const streamsOf = (topic: string) => toStreamNames(topic, config.streamCount);
  const parts = new Map<string, string>();
  await withRedis(config, async (client) => {
    for (const stream of topics.flatMap(streamsOf)) {
      parts.set(stream, await findStreamEnd(client, stream));
    }
  });
  return {
    name: topics.map((topic) => `the stream ${topic}`).join(', '),
    parts,
    partOf: (topic, key) => streamsOf(topic)[partitionFor(key, config.streamCount)] ?? topic,
  };
}
