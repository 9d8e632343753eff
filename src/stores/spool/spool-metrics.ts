import type { Registry } from 'prom-client';
import { createMetricFactory } from '../../runtime/metric-factory.ts';
import type { DrainedRecordOutcome } from './drain-spool.ts';
import type { Spool } from './spool.ts';

interface SpoolMetricsDeps {
  readonly registry: Registry;
  readonly maxBytes: number;
  /** Returns the open spool, or `undefined` while the spool is not open. */
  readonly current: () => Pick<Spool, 'bytes' | 'oldestReceivedAt'> | undefined;
  /** Returns the reason why the spool accepts no records, or `undefined` if the spool accepts records. */
  readonly findProblem: () => string | undefined;
}

const prefix = 'comapi_webhook_spool_';

export function createSpoolMetrics({ registry, maxBytes, current, findProblem }: SpoolMetricsDeps) {
  const { collectedGauge, counter } = createMetricFactory(registry, prefix);
  collectedGauge(
    'bytes',
    'Size of the files of the spool in bytes, including drained records that are not removed yet.',
    (gauge) => gauge.set(current()?.bytes ?? 0),
  );
  collectedGauge(
    'limit_bytes',
    'Maximum size of the files of the spool in bytes (SPOOL_MAX_BYTES).',
    (gauge) => gauge.set(maxBytes),
  );
  collectedGauge(
    'oldest_timestamp_seconds',
    'Unix time at which the oldest record of the spool was received; 0 while the spool is empty.',
    (gauge) => gauge.set(Date.parse(current()?.oldestReceivedAt ?? '1970-01-01') / 1000),
  );
  collectedGauge(
    'usable',
    '1 if the spool accepts records. 0 if the spool is full, or its disk or directory is unusable.',
    (gauge) => gauge.set(Number(findProblem() === undefined)),
  );
  const writtenRecords = counter(
    'written_records_total',
    'Records written to the spool because the store did not confirm them in time.',
  );
  const drainedRecords = counter(
    'drained_records_total',
    'Records moved from the spool to the store: stored, or dead_lettered because the store rejected them.',
    ['outcome'],
  );
  writtenRecords.inc(0);
  drainedRecords.inc({ outcome: 'stored' }, 0);
  drainedRecords.inc({ outcome: 'dead_lettered' }, 0);
  return {
    written: (records: number) => writtenRecords.inc(records),
    drained: (outcome: DrainedRecordOutcome) => drainedRecords.inc({ outcome }),
  };
}
