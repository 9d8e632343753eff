import { outcomeColors } from './colors.ts';
import type { RowSpec } from './panel-spec.ts';
import { limits, rateBy } from './panel-spec.ts';

const spool = 'comapi_webhook_spool_';
const runbook = 'spool.md';

export const spoolRow: RowSpec = {
  title: 'Spool',
  panels: [
    {
      title: 'Records in the spool',
      description: 'Records on the disk of a pod that the store does not have yet. They were answered 200.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: '{{instance}}', expr: `max by (instance) (${spool}records{SELECTOR})` }],
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
      title: 'Spool takes records',
      description:
        '0: the spool of that pod is not open, cannot be written or is full. It serves while the store is there, and /readyz?verbose says why.',
      unit: 'none',
      kind: 'timeseries',
      max: 1,
      queries: [{ legend: '{{instance}}', expr: `min by (instance) (${spool}up{SELECTOR})` }],
      runbook,
    },
    {
      title: 'Age of the oldest record in the spool',
      description: 'How late consumers get what the store has not got yet; 0 while the spool is empty.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        {
          legend: '{{instance}}',
          expr: `max by (instance) ((time() - ${spool}oldest_timestamp_seconds{SELECTOR}) * (${spool}records{SELECTOR} > bool 0))`,
        },
      ],
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
    {
      title: 'Parts of the store that take nothing',
      description:
        'Partitions, streams or queues whose records wait in the spool because the store does not take them: all of them in an outage, else some, while others are drained. 0 unless something is wrong. /readyz?verbose and the status page name them.',
      unit: 'none',
      kind: 'timeseries',
      thresholds: limits([1, 'red']),
      queries: [{ legend: '{{instance}}', expr: `max by (instance) (${spool}left_behind{SELECTOR})` }],
      runbook,
    },
    {
      title: 'Records set aside',
      description:
        'Records that the store can never take. They are in set-aside.jsonl on the volume of the pod.',
      unit: 'none',
      kind: 'timeseries',
      thresholds: limits([1, 'red']),
      queries: [{ legend: '{{instance}}', expr: `max by (instance) (${spool}set_aside_records{SELECTOR})` }],
      runbook,
    },
  ],
};
