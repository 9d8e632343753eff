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
        'Duration of a write request to a broker, queue or server. A slow broker, queue or server delays only the records that are written to it.',
      unit: 's',
      kind: 'timeseries',
      queries: [createQuantileQuery(0.99, `${prefix}produce_duration_seconds`, 'to')],
    },
    {
      title: 'Records sent to each target',
      description: 'Records in completed write requests to each broker, queue or server.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      queries: [createRateQuery('to', `${prefix}produced_records_total`)],
    },
    {
      title: 'Queued records',
      description:
        'Number of records that the store has not confirmed yet, because they are waiting to be sent or the response is outstanding.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: '{{instance}}', expr: `sum by (instance) (${prefix}queue_records{SELECTOR})` }],
    },
    {
      title: 'Circuit breaker state of each target',
      description:
        'closed: the broker, queue or server works. half open: the receiver tests whether the broker, queue or server has recovered. open: the receiver rejects every write immediately.',
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
        'Records that the receiver sent to the store again. A retry may store a record twice. Consumers recognize the duplicate by its ce_id.',
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
