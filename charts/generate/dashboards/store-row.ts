import type { RowSpec } from './panel-spec.ts';
import { createQuantileQuery, createRateQuery } from './panel-spec.ts';

const prefix = 'comapi_webhook_store_';

/** Row about the store that the release uses: Kafka, RabbitMQ, Redis or the journal. */
export const storeRow: RowSpec = {
  title: 'Store',
  panels: [
    {
      title: 'Write request duration (p99)',
      description:
        'Time until a broker, queue or server completed a write request. A slow target delays only its own records.',
      unit: 's',
      kind: 'timeseries',
      queries: [createQuantileQuery(0.99, `${prefix}produce_duration_seconds`, 'to')],
    },
    {
      title: 'Records written by target',
      description: 'Records in completed write requests, for each broker, queue or server.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      queries: [createRateQuery('to', `${prefix}produced_records_total`)],
    },
    {
      title: 'Queued records',
      description: 'Records that wait to be written, or whose write request has not been answered yet.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: '{{instance}}', expr: `sum by (instance) (${prefix}queue_records{SELECTOR})` }],
    },
    {
      title: 'Circuit state by target',
      description:
        'closed: the broker, queue or server works. half open: the receiver tests whether the target has recovered. open: writes to the target are rejected immediately.',
      unit: 'none',
      kind: 'state-timeline',
      runbook: 'store-unavailable.md',
      states: [
        { value: 0, text: 'closed', color: 'green' },
        { value: 1, text: 'half open', color: 'yellow' },
        { value: 2, text: 'open', color: 'red' },
      ],
      queries: [{ legend: '{{to}}', expr: `max by (to) (${prefix}circuit_state{SELECTOR})` }],
    },
    {
      title: 'Retried records by cause',
      description:
        'Records that the receiver sent to the store again. A retry may store a record twice. Consumers recognize the copy by its ce_id.',
      unit: 'recps',
      kind: 'timeseries',
      queries: [createRateQuery('cause', `${prefix}retried_records_total`)],
    },
    {
      title: 'Reconnects by cause',
      description:
        'Connections to the store that were closed and opened again, and responses that failed validation.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [
        createRateQuery('cause', `${prefix}connections_rebuilt_total`),
        {
          legend: 'invalid response',
          expr: `sum(rate(${prefix}answer_checks_failed_total{SELECTOR}[$__rate_interval]))`,
        },
      ],
    },
  ],
};
