import type { Registry } from 'prom-client';
import { createMetricFactory } from '../../runtime/metric-factory.ts';
import type { CircuitState } from './circuit.ts';
import { type LaneFailure, laneFailureKinds, type ProduceSample } from './lane-store.ts';

const produceBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const circuitValues = { closed: 0, half_open: 1, open: 2 };
const verdictValues = { ok: 0, warning: 1, error: 2 };

/**
 * Metrics that all stores with queues share.
 *
 * @typeParam C causes of retries
 */
export type StoreMetrics<C extends string> = ReturnType<typeof createStoreMetrics<C>>;

/**
 * Creates the metrics that all stores with queues share. The label `to` names the target, which is a broker, a queue,
 * an exchange or a server. No label names the store, because a process has only one store.
 *
 * @param retryCauses causes of retries in this store
 */
export function createStoreMetrics<C extends string>(registry: Registry, retryCauses: readonly C[]) {
  const { counter, gauge, collectedGauge, labelledHistogram } = createMetricFactory(
    registry,
    'comapi_webhook_store_',
  );
  let readQueueDepth = () => 0;
  const produceDuration = labelledHistogram(
    'produce_duration_seconds',
    'Time from sending a produce request to the response of the broker, queue or server.',
    produceBuckets,
    'to',
  );
  const producedRecords = counter(
    'produced_records_total',
    'Records in produce requests that the store responded to, whether or not it stored them.',
    ['to'],
  );
  const retriedRecords = counter(
    'retried_records_total',
    'Records that were requeued for another attempt, by cause. They may be stored twice.',
    ['cause'],
  );
  const rebuiltConnections = counter(
    'connections_rebuilt_total',
    'Connections to the store that were closed and reopened, by cause.',
    ['cause'],
  );
  // Creates each series with the value 0, because `rate` does not count the first increment of a new series.
  for (const cause of retryCauses) {
    retriedRecords.inc({ cause }, 0);
  }
  for (const cause of laneFailureKinds) {
    rebuiltConnections.inc({ cause }, 0);
  }
  const answerChecksFailed = counter(
    'answer_checks_failed_total',
    'Responses from the store that did not report a result for every sent record. No record of such a request was treated as stored.',
  );
  const circuit = gauge(
    'circuit_state',
    'Circuit state of a broker, queue or server: 0 closed (records are sent), 1 half open (one trial request is sent), 2 open (records are rejected at once).',
    ['to'],
  );
  const topicWeakness = gauge(
    'topic_weakness',
    'Durability of a topic: 0 safe, 1 weak (the log has the reason), 2 unusable.',
    ['topic'],
  );
  collectedGauge('queue_records', 'Records that wait for a produce request or its response.', (depth) =>
    depth.set(readQueueDepth()),
  );

  return {
    /** Creates the circuit series of a target. An existing series keeps its value. */
    laneOpened: (to: string | number) => circuit.inc({ to }, 0),
    produced({ to, records, durationSeconds }: ProduceSample): void {
      produceDuration.series(to).observe(durationSeconds);
      producedRecords.inc({ to }, records);
    },
    retried: (cause: C, records: number) => retriedRecords.inc({ cause }, records),
    rebuilt: (cause: LaneFailure) => rebuiltConnections.inc({ cause }),
    answerCheckFailed: () => answerChecksFailed.inc(),
    circuitChanged: (of: string | number, state: CircuitState) =>
      circuit.set({ to: of }, circuitValues[state]),
    /** Removes the circuit series of a target that no longer has a lane. */
    forgotten: (of: string | number) => circuit.remove({ to: of }),
    durabilityChecked: (topic: string, verdict: keyof typeof verdictValues) =>
      topicWeakness.set({ topic }, verdictValues[verdict]),
    /** Sets the function that returns the queue depth, which is called when metrics are collected. */
    observeQueue(read: () => number): void {
      readQueueDepth = read;
    },
  };
}
