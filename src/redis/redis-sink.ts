import { createQueueChooser } from '../append/choose-queue.ts';
import { describeUnusable } from '../append/describe-unusable.ts';
import type { PartitionQueue } from '../append/partition-queue.ts';
import { sumDepth } from '../append/queue-depth.ts';
import { createQueuedSink, type QueuedStore } from '../append/queued-sink.ts';
import { createStandingQueue } from '../append/standing-queue.ts';
import type { RedisConfig } from '../config/redis-config.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Sink, SinkError } from '../sink/sink.ts';
import { openRedisLane } from './redis-lane.ts';
import type { RedisMetrics } from './redis-metrics.ts';
import { defaultRedisSettings, type RedisSettings } from './redis-settings.ts';
import { watchServer } from './server-watch.ts';
import type { TopicStreams } from './stream-names.ts';

export interface RedisSinkDeps {
  readonly config: RedisConfig;
  /** Where it leads, without credentials. */
  readonly server: string;
  /** Every topic that records may name. */
  readonly topics: readonly TopicStreams[];
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RedisMetrics;
  readonly random?: () => number;
  readonly settings?: RedisSettings;
}

/** Stores records in streams. What is acknowledged is on the server's disk, and on those of `replicas` replicas. */
export function createRedisSink(deps: RedisSinkDeps): Sink {
  const { clock } = deps;
  return createQueuedSink({ clock, connect: (onChange) => connectStreams(deps, onChange) });
}

function connectStreams(deps: RedisSinkDeps, onChange: () => void): QueuedStore {
  const { config, topics, maxBodyBytes, clock, logger, metrics } = deps;
  const settings = deps.settings ?? defaultRedisSettings;
  const streams = new Map<PartitionQueue, string>();
  const lane = openRedisLane({ ...deps, settings, streams, onChange });
  const standing = topics.flatMap(openQueues);
  const queues = standing.map(({ queue }) => queue);
  const byTopic = Map.groupBy(queues, ({ topic }) => topic);
  const choosers = new Map([...byTopic.keys()].map((topic) => [topic, createQueueChooser()]));
  const watch = watchServer({
    config,
    topics,
    metrics,
    logger,
    expected: { ...config, maxBodyBytes },
    intervalMs: settings.checkIntervalMs,
    // A new connection is examined, and not used while the server is as it is.
    onRefused: () => lane.reconnect(),
  });
  metrics.observeQueue(() => sumDepth(queues));

  function openQueues({ topic, streams: names }: TopicStreams) {
    return names.map((name, partition) => {
      const opened = createStandingQueue({
        topic,
        partition,
        name,
        settings,
        clock,
        onChange,
        onStop: (stream, cause) =>
          logger.error({ stream }, `redis takes no records for ${stream}: ${cause ?? ''}`),
        onRecover: (stream) => logger.info({ stream }, 'redis takes records for the stream again'),
      });
      streams.set(opened.queue, name);
      opened.queue.sender = lane;
      lane.queues.add(opened.queue);
      return opened;
    });
  }

  function problemOf(topic: string): string | undefined {
    return describeUnusable(byTopic.get(topic) ?? [], { topic, what: 'stream' });
  }

  return {
    problems: () => topics.flatMap(({ topic }) => problemOf(topic) ?? []),
    queueFor({ topic, key }) {
      const queue = choosers.get(topic)?.(byTopic.get(topic) ?? [], key);
      if (queue === undefined) {
        const text = byTopic.has(topic)
          ? (problemOf(topic) ?? `A stream of ${topic} takes no records at present.`)
          : `${topic} is not among the configured streams.`;
        throw new SinkError('sink_unavailable', text);
      }
      return queue;
    },
    sweep(expired) {
      if (expired > 0) {
        for (const queue of queues) {
          queue.purge();
        }
      }
    },
    close() {
      watch.stop();
      lane.close();
      for (const { close } of standing) {
        close();
      }
    },
  };
}
