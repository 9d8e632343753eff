import { outcomeColors } from './colors.ts';
import type { RowSpec } from './panel-spec.ts';
import { createRateQuery, createThresholdLines } from './panel-spec.ts';

const spool = 'comapi_webhook_spool_';
const runbook = 'spool.md';

export const spoolRow: RowSpec = {
  title: 'Spool',
  panels: [
    {
      title: 'Age of the oldest spooled record',
      description:
        'Time for which the oldest spooled event has been only on a pod’s disk. The provider got a 200 for this event, but consumers have not received it. 0 means that the spool is empty.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        {
          legend: '{{instance}}',
          expr: `max by (instance) ((time() - ${spool}oldest_timestamp_seconds{SELECTOR}) * (${spool}oldest_timestamp_seconds{SELECTOR} > bool 0))`,
        },
      ],
      runbook,
    },
    {
      title: 'Spool fill level',
      description:
        'Size of the spool relative to its limit. At 100 %, deliveries get a 503 until part of the spool is drained.',
      unit: 'percentunit',
      kind: 'timeseries',
      max: 1,
      thresholds: createThresholdLines([0.8, 'orange'], [1, 'red']),
      queries: [
        {
          legend: '{{instance}}',
          expr: `max by (instance) (${spool}bytes{SELECTOR} / ${spool}limit_bytes{SELECTOR})`,
        },
      ],
      runbook,
    },
    {
      title: 'Records written to the spool',
      description: 'Records that a pod wrote to its disk because the store did not acknowledge them in time.',
      unit: 'recps',
      kind: 'timeseries',
      queries: [createRateQuery('instance', `${spool}written_records_total`)],
      runbook,
    },
    {
      title: 'Records drained from the spool',
      description:
        'Records that were moved from the spool to the store. stored: the store acknowledged the record. dead_lettered: the store rejected the record, so it was written to the dead-letter topic.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      colors: outcomeColors,
      queries: [createRateQuery('outcome', `${spool}drained_records_total`)],
      runbook,
    },
  ],
};
