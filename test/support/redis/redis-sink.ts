import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { RedisConfig } from '../../../src/config/redis-config.ts';
import type { ReadBackSampler } from '../../../src/ports/read-back.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { describeRedisUrl } from '../../../src/stores/redis/redis-access.ts';
import { defaultRedisSettings, type RedisSettings } from '../../../src/stores/redis/redis-connection.ts';
import { createRedisMetrics, createRedisSink } from '../../../src/stores/redis/redis-sink.ts';
import { listStreams } from '../../../src/stores/redis/topic-streams.ts';
import { captureLog } from '../captured-log.ts';

const testTopics = { events: 'events', deadLetter: 'events.dead-letter' };

/** Creates the configuration of a single stream without replicas, on loopback and without TLS. */
export function createRedisConfig(url: string, changes: Partial<RedisConfig> = {}): RedisConfig {
  return {
    url: { text: url },
    allowPlaintext: true,
    streamCount: 1,
    replicas: 0,
    memoryOnly: false,
    tls: {},
    ...changes,
  };
}

export type TestRedisSink = ReturnType<typeof startRedisSink>;

/**
 * Starts a sink with the product's default settings. The sink is closed when the test ends. A test may ignore a failed
 * start.
 */
export function startRedisSink(
  config: RedisConfig,
  settings: Partial<RedisSettings> = {},
  sampler?: ReadBackSampler,
) {
  const log = captureLog();
  const registry = new Registry();
  const sink = createRedisSink({
    config,
    server: describeRedisUrl(config),
    topics: listStreams([testTopics], config.streamCount),
    pairs: [],
    maxBodyBytes: 10_485_760,
    clock: systemClock,
    logger: log.logger,
    metrics: createRedisMetrics(registry),
    sampler,
    settings: { ...defaultRedisSettings, ...settings },
  });
  onTestFinished(() => sink.close());
  const started = sink.start();
  started.catch(() => undefined);
  return { sink, log, registry, started };
}
