import type { RowSpec } from './panel-spec.ts';
import { quantile, rateBy } from './panel-spec.ts';

const prefix = 'comapi_webhook_store_';

/** The store of this release, whichever it is. */
export const storeRow: RowSpec = {
  title: 'Store',
  panels: [
    {
      title: 'Time of a produce request',
      description:
        'Until a broker, a queue or the server answered. A slow one holds up only what belongs to it.',
      unit: 's',
      kind: 'timeseries',
      queries: [quantile(0.99, `${prefix}produce_duration_seconds`, 'to')],
    },
    {
      title: 'Records by broker, queue or server',
      description: 'Records in answered produce requests.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      queries: [rateBy('to', `${prefix}produced_records_total`)],
    },
    {
      title: 'Waiting records',
      description: 'Records that wait for a produce request or its answer.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: '{{instance}}', expr: `sum by (instance) (${prefix}queue_records{SELECTOR})` }],
    },
    {
      title: 'Circuits',
      description:
        'Closed: it works. Half open: it is being tried. Open: what belongs to it is refused at once.',
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
      title: 'Records sent again',
      description: 'By cause. A retry may store a record twice; consumers drop it by its id.',
      unit: 'recps',
      kind: 'timeseries',
      queries: [rateBy('cause', `${prefix}retried_records_total`)],
    },
    {
      title: 'Connections made again',
      description: 'Connections that were thrown away, by cause, and answers that failed the check.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [
        rateBy('cause', `${prefix}connections_rebuilt_total`),
        {
          legend: 'answer check failed',
          expr: `sum(rate(${prefix}answer_checks_failed_total{SELECTOR}[$__rate_interval]))`,
        },
      ],
    },
  ],
};
