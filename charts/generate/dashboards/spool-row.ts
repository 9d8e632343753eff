import { outcomeColors } from './colors.ts';
import type { RowSpec } from './panel-spec.ts';
import { limits, rateBy } from './panel-spec.ts';

const spool = 'comapi_webhook_spool_';
const runbook = 'spool.md';

export const spoolRow: RowSpec = {
  title: 'Spool',
  panels: [
    {
      title: 'Age of the oldest record in the spool',
      description:
        'How late consumers get what is only on the disk of a pod. It was answered 200; 0 while the spool is empty.',
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
      title: 'Spool, share of the limit',
      description: 'At 100 % deliveries are answered 503 until some of it is drained.',
      unit: 'percentunit',
      kind: 'timeseries',
      max: 1,
      thresholds: limits([0.8, 'orange'], [1, 'red']),
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
      description: 'Records that the store did not take in time, and the disk of the pod did.',
      unit: 'recps',
      kind: 'timeseries',
      queries: [rateBy('instance', `${spool}written_records_total`)],
      runbook,
    },
    {
      title: 'Records drained',
      description:
        'Records that went from the spool to the store: stored, or dead_lettered because the store rejected them.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      colors: outcomeColors,
      queries: [rateBy('outcome', `${spool}drained_records_total`)],
      runbook,
    },
  ],
};
