import type { Registry } from 'prom-client';
import { logResetReasons } from '../filter/decide-start.ts';
import type { PartitionObserver } from '../filter/filter.ts';
import { type FilterOutcome, filterOutcomes } from '../filter/filter-records.ts';
import { type CounterTally, createMetricFactory, type MetricFactory } from '../runtime/metric-factory.ts';
import type { Health } from './health.ts';
import { registerProcessMetrics } from './process-metrics.ts';

export interface FilterMetrics extends PartitionObserver {
  watchHealth(health: Health): void;
}

/** Creates the metrics of the revision filter, except those of its store. */
export function createFilterMetrics(registry: Registry, version: string): FilterMetrics {
  const factory = createMetricFactory(registry, 'comapi_webhook_filter_');
  registerProcessMetrics(registry, version);
  const metrics = declareMetrics(factory);
  const { records, lag, transactions } = metrics;
  initializeSeries(metrics);
  const counts = Object.fromEntries(
    filterOutcomes.map((outcome) => [outcome, records.tally({ outcome })]),
  ) as Record<FilterOutcome, CounterTally>;

  return {
    committed({ outcomes, seconds }) {
      for (const outcome of outcomes) {
        counts[outcome].add(1);
      }
      transactions.inc({ result: 'committed' });
      metrics.transactionDuration.observe(seconds);
    },
    failed: ({ reason }) => transactions.inc({ result: reason === 'fenced' ? 'fenced' : 'failed' }),
    reset: ({ reset: { reason } }) => metrics.resets.inc({ reason }),
    lag(partition, waiting) {
      if (waiting === undefined) {
        lag.remove({ partition });
      } else {
        lag.set({ partition }, waiting);
      }
    },
    position({ partition, entities }) {
      metrics.entities.set({ partition }, entities);
    },
    ended(partition) {
      lag.remove({ partition });
      metrics.entities.remove({ partition });
    },
    watchHealth(health) {
      factory.collectedGauge(
        'ready',
        '1 if the process has joined the consumer group, has restored all of its partitions and is making progress on them, otherwise 0.',
        (gauge) => gauge.set(Number(health.readiness().ready)),
      );
    },
  };
}

/**
 * Creates all series of a fixed set of label values at the start, because `increase()` misses the first increment of a
 * new series.
 */
function initializeSeries({ transactions, resets }: ReturnType<typeof declareMetrics>): void {
  for (const result of ['committed', 'failed', 'fenced']) {
    transactions.inc({ result }, 0);
  }
  for (const reason of logResetReasons) {
    resets.inc({ reason }, 0);
  }
}

function declareMetrics({ counter, gauge, histogram }: MetricFactory) {
  return {
    records: counter('records_total', 'Records that the filter read from the events topic, by outcome.', [
      'outcome',
    ]),
    lag: gauge(
      'lag_records',
      'Number of records of the partition that the filter has not processed yet. The metric is absent while the number is unknown.',
      ['partition'],
    ),
    entities: gauge(
      'tracked_entities',
      'Number of entities in the partition that the filter tracks, with their highest revision in memory.',
      ['partition'],
    ),
    transactions: counter(
      'transactions_total',
      'Transactions by result. After a failed transaction, the filter retries from the last committed state. The result fenced means that another process has taken over the partition.',
      ['result'],
    ),
    transactionDuration: histogram(
      'transaction_duration_seconds',
      'Time to filter, write and commit one batch of records.',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ),
    resets: counter(
      'log_resets_total',
      "Number of times that a partition did not continue at the group's committed offset, by reason: a topic was recreated, records or offsets were lost, or an offset was changed.",
      ['reason'],
    ),
  };
}
