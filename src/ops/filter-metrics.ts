import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createThrottledSeconds } from '../kafka/produce/kafka-sink-metrics.ts';
import type { FilterObserver } from '../revisions/create-filter.ts';
import type { FilteredRecords, FilterOutcome } from '../revisions/filter-records.ts';
import { logResetReasons } from '../revisions/log-reset.ts';
import type { FamilyLabel } from '../revisions/to-family-label.ts';
import type { Health } from './health.ts';
import { registerProcessMetrics } from './process-metrics.ts';

export interface FilterMetrics extends FilterObserver {
  /** A quota is used up: a connection to that broker stands still for so long. */
  throttled(broker: number | undefined, seconds: number): void;
  watchHealth(health: Health): void;
}

const prefix = 'comapi_webhook_filter_';

/** Every metric of the revision filter. */
export function createFilterMetrics(registry: Registry, version: string): FilterMetrics {
  const registers = [registry];
  registerProcessMetrics(registry, version);
  const throttled = createThrottledSeconds(registry);
  const records = new Counter({
    name: `${prefix}records_total`,
    help: 'Records of the events topic by what became of them, and by the family of their event.',
    labelNames: ['outcome', 'family'],
    registers,
  });
  const behind = new Histogram({
    name: `${prefix}revisions_behind`,
    help: 'How many revisions an obsolete event came behind the latest state of its entity.',
    buckets: [1, 2, 3, 5, 10, 25, 100, 1_000],
    registers,
  });
  const lag = new Gauge({
    name: `${prefix}lag_records`,
    help: 'Records of the partition that are not filtered yet, from its end as its leader tells it. Absent when unknown.',
    labelNames: ['partition'],
    registers,
  });
  const entities = new Gauge({
    name: `${prefix}tracked_entities`,
    help: 'Entities of the partition whose highest revision is in memory.',
    labelNames: ['partition'],
    registers,
  });
  const restoreDuration = new Histogram({
    name: `${prefix}restore_duration_seconds`,
    help: 'Time to read the state of one partition back from the latest-state topic.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80],
    registers,
  });
  const restored = new Counter({
    name: `${prefix}restored_entities_total`,
    help: 'Entities read back from the latest-state topic.',
    registers,
  });
  const transactions = new Counter({
    name: `${prefix}transactions_total`,
    help: 'Transactions by result. Failed ones are repeated from the last committed state; fenced: another process took over.',
    labelNames: ['result'],
    registers,
  });
  const transactionDuration = new Histogram({
    name: `${prefix}transaction_duration_seconds`,
    help: 'Deciding, writing and committing one batch of records.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const resets = new Counter({
    name: `${prefix}log_resets_total`,
    help: 'Partitions that did not go on where the group stood, by reason: a topic was made again, has lost records or offsets.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of logResetReasons) {
    resets.inc({ reason }, 0);
  }
  const rebalances = new Counter({
    name: `${prefix}rebalances_total`,
    help: 'Assignments received from the consumer group.',
    registers,
  });

  function countRecords({ counts }: FilteredRecords, rejected: number): void {
    for (const [outcome, byFamily] of counts) {
      for (const [family, count] of byFamily) {
        records.inc({ outcome, family }, count);
      }
    }
    if (rejected > 0) {
      // They are counted as forwarded too, because a counter cannot be lowered.
      records.inc(
        { outcome: 'dead_lettered' satisfies FilterOutcome, family: 'other' satisfies FamilyLabel },
        rejected,
      );
    }
  }

  return {
    restored({ entities: count, seconds }) {
      restoreDuration.observe(seconds);
      restored.inc(count);
    },
    committed({ filtered, rejected, seconds }) {
      countRecords(filtered, rejected);
      for (const distance of filtered.revisionsBehind) {
        behind.observe(distance);
      }
      transactions.inc({ result: 'committed' });
      transactionDuration.observe(seconds);
    },
    failed: ({ reason }) => transactions.inc({ result: reason === 'fenced' ? 'fenced' : 'failed' }),
    reset: ({ reset: { reason } }) => resets.inc({ reason }),
    lag(partition, waiting) {
      if (waiting === undefined) {
        lag.remove({ partition });
      } else {
        lag.set({ partition }, waiting);
      }
    },
    position({ partition, entities: count }) {
      entities.set({ partition }, count);
    },
    ended(partition) {
      lag.remove({ partition });
      entities.remove({ partition });
    },
    rebalanced: () => rebalances.inc(),
    throttled: (broker, seconds) => throttled.inc({ broker: broker ?? 'unknown' }, seconds),
    watchHealth(health) {
      const ready = new Gauge({
        name: `${prefix}ready`,
        help: '1 when the process is a member of its group and every partition of it is restored.',
        registers: [],
        collect() {
          ready.set(health.readiness().ready ? 1 : 0);
        },
      });
      registry.registerMetric(ready);
    },
  };
}
