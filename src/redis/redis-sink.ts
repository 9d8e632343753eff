import { createStandingQueue } from '../append/create-queue.ts';
import type { QueuedStore } from '../append/queue-set.ts';
import { createQueuedSink } from '../append/queued-sink.ts';
import type { Sink } from '../sink/sink.ts';
import { openRedisLane, type RedisLaneDeps } from './redis-lane.ts';
import { defaultRedisSettings, type RedisSettings } from './redis-settings.ts';
import { watchServer } from './server-watch.ts';

export interface RedisSinkDeps extends Omit<RedisLaneDeps, 'settings' | 'onChange'> {
  readonly maxBodyBytes: number;
  readonly settings?: RedisSettings;
}

/** Stores records in streams. What is acknowledged is on the server's disk, and on those of `replicas` replicas. */
export function createRedisSink(deps: RedisSinkDeps): Sink {
  return createQueuedSink({ ...deps, connect: (onChange) => connectStreams(deps, onChange) });
}

function connectStreams(deps: RedisSinkDeps, onChange: () => void): QueuedStore {
  const { config, topics, maxBodyBytes, clock, logger, metrics } = deps;
  const settings = deps.settings ?? defaultRedisSettings;
  const lane = openRedisLane({ ...deps, settings, onChange });
  const standing = topics.flatMap(({ topic, streams }) =>
    streams.map((stream, partition) => {
      const opened = createStandingQueue({
        topic,
        partition,
        name: stream,
        settings,
        clock,
        onChange,
        onStop: (cause) => logger.error({ stream }, `redis takes no records for ${stream}: ${cause ?? ''}`),
        onRecover: () => logger.info({ stream }, 'redis takes records for the stream again'),
      });
      lane.adopt(opened.queue);
      return opened;
    }),
  );
  const queues = standing.map(({ queue }) => queue);
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
  return {
    topics: new Map(
      topics.map(({ topic }) => [topic, { queues: queues.filter((queue) => queue.topic === topic) }]),
    ),
    queueWord: 'stream',
    close() {
      watch.stop();
      lane.close();
      for (const { close } of standing) {
        close();
      }
    },
  };
}
