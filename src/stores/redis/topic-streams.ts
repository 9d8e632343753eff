import type { RedisConfig } from '../../config/redis-config.ts';
import type { TopicReport } from '../../ports/topics.ts';
import { withRedis } from './open-redis.ts';
import type { RedisClient } from './redis-client.ts';
import { describeServer } from './redis-server-info.ts';
import { type ExpectedServer, validateRedisServer } from './validate-redis-server.ts';

/** Returns the stream names of a topic. A single stream has the name of the topic; several have a number as suffix. */
export function toStreamNames(topic: string, count: number): readonly string[] {
  return count === 1 ? [topic] : Array.from({ length: count }, (_, index) => `${topic}.${index}`);
}

/** A topic and its streams. */
export interface TopicStreams {
  readonly topic: string;
  readonly streams: readonly string[];
}

/** Lists all topics with their streams: `count` streams for each topic of events, and one for dead letters, which have no keys. */
export function listStreams(
  topics: readonly { readonly events: string; readonly deadLetter: string }[],
  count: number,
): readonly TopicStreams[] {
  const streams = new Map<string, readonly string[]>();
  for (const { deadLetter } of topics) {
    streams.set(deadLetter, toStreamNames(deadLetter, 1));
  }
  for (const { events } of topics) {
    streams.set(events, toStreamNames(events, count));
  }
  return [...streams].map(([topic, names]) => ({ topic, streams: names }));
}

interface EnsureStreamsOptions {
  readonly config: RedisConfig;
  readonly topics: readonly TopicStreams[];
  readonly expected: ExpectedServer;
  /** Only reports what would be created. */
  readonly dryRun: boolean;
}

/** Creates the missing streams, empty. It creates no consumer groups: an unused group would prevent the stream from being trimmed. */
export async function ensureStreams(options: EnsureStreamsOptions): Promise<TopicReport[]> {
  const { config, topics, expected, dryRun } = options;
  const names = topics.flatMap(({ streams }) => streams);
  const before = await describeServer(config, names);
  if (!dryRun) {
    await withRedis(config, async ({ call }) => {
      for (const stream of names.filter((name) => !before.lengths.has(name))) {
        await createStream(call, stream);
      }
    });
  }
  const { findings } = validateRedisServer(expected, before);
  return topics.map(({ topic, streams }) => ({
    topic,
    outcome: streams.every((stream) => before.lengths.has(stream))
      ? 'present'
      : dryRun
        ? 'missing'
        : 'created',
    partitionCount: streams.length,
    replicationFactor: before.facts && 1 + before.facts.replicas,
    differences: [],
    findings,
  }));
}

/** Creates an empty stream, by creating and removing a consumer group: a stream is created with its first entry or group. */
async function createStream(call: RedisClient['call'], stream: string): Promise<void> {
  const temporaryGroup = 'comapi-webhook-topics';
  await call(['XGROUP', 'CREATE', stream, temporaryGroup, '0', 'MKSTREAM']);
  await call(['XGROUP', 'DESTROY', stream, temporaryGroup]);
}
