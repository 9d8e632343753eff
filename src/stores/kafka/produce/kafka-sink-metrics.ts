import type { Counter, Registry } from 'prom-client';
import { createMetricFactory } from '../../../runtime/metric-factory.ts';
import { laneFailureKinds } from '../../append/lane-store.ts';
import { createStoreMetrics } from '../../append/store-metrics.ts';

const retryCauses = [
  ...laneFailureKinds,
  'stale_leader',
  'not_enough_replicas',
  'replication_timeout',
  'leader_moved',
  'broker_error',
] as const;

export type RetryCause = (typeof retryCauses)[number];

/** Metrics of the Kafka sink. Each label value is from a fixed set, a broker node ID, or a topic name. */
export type KafkaSinkMetrics = ReturnType<typeof createKafkaSinkMetrics>;

const prefix = 'comapi_webhook_kafka_';

/** Creates the counter that every process with broker connections exports. */
export function createThrottledSeconds(registry: Registry): Counter<'broker'> {
  return createMetricFactory(registry, prefix).counter(
    'throttled_seconds_total',
    'Time for which a broker throttled this process because a quota was exceeded.',
    ['broker'],
  );
}

export function createKafkaSinkMetrics(registry: Registry) {
  const metrics = createStoreMetrics(registry, retryCauses);
  const throttledSeconds = createThrottledSeconds(registry);
  return {
    ...metrics,
    laneOpened(to: string | number): void {
      metrics.laneOpened(to);
      // Exports 0 before the first increment, because `rate()` needs an earlier sample.
      throttledSeconds.inc({ broker: to }, 0);
    },
    throttled: (broker: number, seconds: number) => throttledSeconds.inc({ broker }, seconds),
  };
}
