import type { Registry } from 'prom-client';
import { createStoreMetrics } from '../append/store-metrics.ts';
import { errorMeanings, type RedisErrorKind } from './redis-error.ts';

const kinds = Object.keys(errorMeanings) as RedisErrorKind[];
const retryCauses = kinds.filter((kind) => errorMeanings[kind].action === 'retry');

/** Where the Redis sink reports what it does. */
export type RedisMetrics = ReturnType<typeof createRedisMetrics>;

export function createRedisMetrics(registry: Registry) {
  return createStoreMetrics(registry, retryCauses);
}
