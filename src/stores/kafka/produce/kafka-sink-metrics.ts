import type { Counter, Registry } from 'prom-client';
import { createMetricFactory } from '../../../runtime/metric-factory.ts';
import { laneFailures } from '../../append/lane-store.ts';
import { createStoreMetrics } from '../../append/store-metrics.ts';

const retryCauses = [
  ...laneFailures,
  'stale_leader',
  'not_enough_replicas',
  'replication_timeout',
  'leader_moved',
  'broker_error',
] as const;

/** Why an attempt has to be repeated. */
export type RetryCause = (typeof retryCauses)[number];

/** Where the Kafka sink reports what it does. Every label is from a closed set, or a broker's node id or a topic's name. */
export type KafkaSinkMetrics = ReturnType<typeof createKafkaSinkMetrics>;

const prefix = 'comapi_webhook_kafka_';

/** Exported by every process that talks to brokers. */
export function createThrottledSeconds(registry: Registry): Counter<'broker'> {
  return createMetricFactory(registry, prefix).counter(
    'throttled_seconds_total',
    'Time for which a broker asked to be sent nothing, because a quota was used up.',
    ['broker'],
  );
}

/** The metrics of the produce path, on a registry. */
export function createKafkaSinkMetrics(registry: Registry) {
  const metrics = createStoreMetrics(registry, retryCauses);
  const throttled = createThrottledSeconds(registry);
  return {
    ...metrics,
    laneOpened(to: string | number): void {
      metrics.laneOpened(to);
      // A rate needs a value from before the first one.
      throttled.inc({ broker: to }, 0);
    },
    throttled: (broker: number, seconds: number) => throttled.inc({ broker }, seconds),
  };
}
