import type { Registry } from 'prom-client';
import { createMetricFactory } from '../../runtime/metric-factory.ts';
import type { CircuitState } from './circuit.ts';
import { type LaneFailure, laneFailures, type ProduceSample } from './lane-store.ts';

const produceBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const circuitValues = { closed: 0, half_open: 1, open: 2 };
const verdictValues = { ok: 0, warning: 1, error: 2 };

/** @typeParam C why records are sent again */
export type StoreMetrics<C extends string> = ReturnType<typeof createStoreMetrics<C>>;

/**
 * The metrics that every store with queues has, on a registry. Their label `to` is what answers: a broker, a queue or exchange, or
 * a server. A process has one store, so no label names it.
 *
 * @param retryCauses why this store's records are sent again
 */
export function createStoreMetrics<C extends string>(registry: Registry, retryCauses: readonly C[]) {
  const { counter, gauge, collectedGauge, labelledHistogram } = createMetricFactory(
    registry,
    'comapi_webhook_store_',
  );
  let readDepth = () => 0;
  const produceDuration = labelledHistogram(
    'produce_duration_seconds',
    'Time until a broker, queue or server answered a produce request.',
    produceBuckets,
    'to',
  );
  const producedRecords = counter('produced_records_total', 'Records in answered produce requests.', ['to']);
  const retried = counter(
    'retried_records_total',
    'Records put back into their queue for another attempt, by cause. Such records may be stored twice.',
    ['cause'],
  );
  const rebuilt = counter(
    'connections_rebuilt_total',
    'Connections to the store that were closed and made again, by cause.',
    ['cause'],
  );
  // A rate does not see the first increment of a series that did not exist before.
  for (const cause of retryCauses) {
    retried.inc({ cause }, 0);
  }
  for (const cause of laneFailures) {
    rebuilt.inc({ cause }, 0);
  }
  const answerChecksFailed = counter(
    'answer_checks_failed_total',
    'Answers that did not account for everything that was sent. Nothing in them was taken as stored.',
  );
  const circuit = gauge(
    'circuit_state',
    'Circuit of a broker, queue or server: 0 closed (works), 1 half open, 2 open (appends to it are refused at once).',
    ['to'],
  );
  const weakness = gauge('topic_weakness', 'Weakness of a topic: 0 safe, 1 weak (see the log), 2 unusable.', [
    'topic',
  ]);
  collectedGauge('queue_records', 'Records that wait for a produce request or its answer.', (depth) =>
    depth.set(readDepth()),
  );

  return {
    /** Starts the series of the circuit; one that is there keeps its state. */
    laneOpened: (to: string | number) => circuit.inc({ to }, 0),
    produced({ to, records, durationSeconds }: ProduceSample): void {
      produceDuration.series(to).observe(durationSeconds);
      producedRecords.inc({ to }, records);
    },
    retried: (cause: C, records: number) => retried.inc({ cause }, records),
    rebuilt: (cause: LaneFailure) => rebuilt.inc({ cause }),
    answerCheckFailed: () => answerChecksFailed.inc(),
    circuitChanged: (of: string | number, state: CircuitState) =>
      circuit.set({ to: of }, circuitValues[state]),
    /** Nothing leads there any more: the series ends. */
    forgotten: (of: string | number) => circuit.remove({ to: of }),
    durabilityChecked: (topic: string, verdict: keyof typeof verdictValues) =>
      weakness.set({ topic }, verdictValues[verdict]),
    /** Gives the source of the queue's depth, which is read when metrics are collected. */
    observeQueue(read: () => number): void {
      readDepth = read;
    },
  };
}
