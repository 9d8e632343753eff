import type { RedisConfig } from '../../config/redis-config.ts';
import type { TopicReport } from '../../ports/topics.ts';
import { withRedis } from './open-redis.ts';
import type { RedisClient } from './redis-client.ts';
import { describeServer } from './redis-server-info.ts';
import { type ExpectedServer, validateRedisServer } from './validate-redis-server.ts';

/**
 * Returns the stream names of a topic. A single stream has the name of the topic, and several streams have numeric
 * suffixes.
 */
export function toStreamNames(topic: string, count: number): readonly string[] {
  return count === 1 ? [topic] : Array.from({ length: count }, (_, index) => `${topic}.${index}`);
}

export interface TopicStreams {
  readonly topic: string;
  readonly streams: readonly string[];
}

/**
 * Lists all topics with their streams. Each events topic has `count` streams, and each dead-letter topic has one
 * stream, because dead letters have no keys.
 */
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
  /** Whether to report what would be created without creating it. */
  readonly dryRun: boolean;
}

/**
 * Creates missing streams without entries. No consumer groups are created, because an unused group would prevent
 * trimming of the stream.
 */
export async function ensureStreams(options: EnsureStreamsOptions): Promise<TopicReport[]> {
  const { config, topics, expected, dryRun } = options;
  const names = topics.flatMap(({ streams }) => streams);
  const existingServer = await describeServer(config, names);
  if (!dryRun) {
    await withRedis(config, async ({ call }) => {
      for (const stream of names.filter((name) => !existingServer.lengths.has(name))) {
        await createStream(call, stream);
      }
    });
  }
  const { findings } = validateRedisServer(expected, existingServer);
  return topics.map(({ topic, streams }) => ({
    topic,
    outcome: streams.every((stream) => existingServer.lengths.has(stream))
      ? 'present'
      : dryRun
        ? 'missing'
        : 'created',
    partitionCount: streams.length,
    replicationFactor: existingServer.facts && 1 + existingServer.facts.replicas,
    differences: [],
    findings,
  }));
}

/**
 * Creates an empty stream by creating and removing a consumer group, because a stream is created only with its first
 * entry or group.
 */
async function createStream(call: RedisClient['call'], stream: string): Promise<void> {
  const temporaryGroup = 'comapi-webhook-topics';
  await call(['XGROUP', 'CREATE', stream, temporaryGroup, '0', 'MKSTREAM']);
  await call(['XGROUP', 'DESTROY', stream, temporaryGroup]);
}
