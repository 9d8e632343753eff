import type { Registry } from 'prom-client';
import { createMetricFactory } from '../../runtime/metric-factory.ts';
import { createStoreMetrics } from '../append/store-metrics.ts';
import { errorMeanings, type RedisErrorKind } from './redis-error.ts';
import type { ServerFacts } from './server-facts.ts';

const prefix = 'comapi_webhook_redis_';

const kinds = Object.keys(errorMeanings) as RedisErrorKind[];
const retryCauses = kinds.filter((kind) => errorMeanings[kind].action === 'retry');

/** Where the Redis sink reports what it does. */
export type RedisMetrics = ReturnType<typeof createRedisMetrics>;

export function createRedisMetrics(registry: Registry) {
  const { gauge } = createMetricFactory(registry, prefix);
  const length = gauge('stream_length', 'Entries of a stream. They stay until they are trimmed.', ['stream']);
  const used = gauge('memory_used_bytes', 'Memory that the server uses.');
  const limit = gauge('memory_limit_bytes', 'maxmemory of the server; 0: no bound.');
  const replicas = gauge('replicas', 'Replicas that follow the server.');
  return {
    ...createStoreMetrics(registry, { prefix, label: 'server', retryCauses }),
    streamMeasured: (stream: string, entries: number) => length.set({ stream }, entries),
    serverMeasured(facts: ServerFacts): void {
      used.set(facts.usedMemoryBytes);
      limit.set(facts.maxMemoryBytes);
      replicas.set(facts.replicas);
    },
  };
}
