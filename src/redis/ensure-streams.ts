import type { RedisConfig } from '../config/redis-config.ts';
import type { TopicReport } from '../sink/topics.ts';
import { type ExpectedServer, judgeServer } from './judge-server.ts';
import { withRedis } from './open-redis.ts';
import type { RedisClient } from './redis-client.ts';
import { describeServer } from './server-facts.ts';
import type { TopicStreams } from './stream-names.ts';

interface EnsureStreamsOptions {
  readonly config: RedisConfig;
  readonly topics: readonly TopicStreams[];
  readonly expected: ExpectedServer;
  /** Creates nothing. */
  readonly dryRun: boolean;
}

/** Creates the streams that are missing, empty. Consumer groups are their consumers' own: one that nobody uses would keep a stream from being trimmed. */
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
  const { findings } = judgeServer(expected, before);
  return topics.map(({ topic, streams }) => ({
    topic,
    outcome: streams.every((stream) => before.lengths.has(stream))
      ? 'present'
      : dryRun
        ? 'missing'
        : 'created',
    partitionCount: streams.length,
    replicationFactor: 1 + (before.facts?.replicas ?? 0),
    differences: [],
    findings,
  }));
}

/** A stream comes into being with its first entry or group: a group that is taken away again leaves it empty. */
async function createStream(call: RedisClient['call'], stream: string): Promise<void> {
  const passing = 'comapi-webhook-topics';
  await call(['XGROUP', 'CREATE', stream, passing, '0', 'MKSTREAM']);
  await call(['XGROUP', 'DESTROY', stream, passing]);
}
