import type { RowSpec } from './panel-spec.ts';
import { quantile, rateBy } from './panel-spec.ts';

const kafka = 'comapi_webhook_kafka_';

export const producePath: RowSpec = {
  title: 'Produce path',
  panels: [
    {
      title: 'Time of a produce request',
      description:
        'Until a broker answered, by broker. One slow broker holds up only the partitions that it leads.',
      unit: 's',
      kind: 'timeseries',
      queries: [quantile(0.99, `${kafka}produce_duration_seconds`, 'broker')],
    },
    {
      title: 'Records by broker',
      description: 'Records in answered produce requests.',
      unit: 'recps',
      kind: 'timeseries',
      stacked: true,
      queries: [rateBy('broker', `${kafka}produced_records_total`)],
    },
    {
      title: 'Waiting records',
      description: 'Records that wait for a produce request or its answer.',
      unit: 'none',
      kind: 'timeseries',
      queries: [{ legend: '{{instance}}', expr: `sum by (instance) (${kafka}queue_records{SELECTOR})` }],
    },
    {
      title: 'Circuits',
      description:
        'Closed: the broker works. Half open: it is being tried. Open: its partitions are refused at once.',
      unit: 'none',
      kind: 'state-timeline',
      runbook: 'store-unavailable.md',
      states: [
        { value: 0, text: 'closed', color: 'green' },
        { value: 1, text: 'half open', color: 'yellow' },
        { value: 2, text: 'open', color: 'red' },
      ],
      queries: [{ legend: 'broker {{broker}}', expr: `max by (broker) (${kafka}circuit_state{SELECTOR})` }],
    },
    {
      title: 'Records sent again',
      description: 'By cause. A retry may store a record twice; consumers drop it by its id.',
      unit: 'recps',
      kind: 'timeseries',
      queries: [rateBy('cause', `${kafka}retried_records_total`)],
    },
    {
      title: 'Connections made again',
      description:
        'Connections to brokers that were thrown away, by cause, and answers that failed the check.',
      unit: 'ops',
      kind: 'timeseries',
      queries: [
        rateBy('cause', `${kafka}connections_rebuilt_total`),
        {
          legend: 'answer check failed',
          expr: `sum(rate(${kafka}answer_checks_failed_total{SELECTOR}[$__rate_interval]))`,
        },
      ],
    },
    {
      title: 'Held back by quotas',
      description:
        'Seconds in a second for which a broker wants to be sent nothing, over all connections: a producer quota is used up.',
      unit: 'none',
      kind: 'timeseries',
      queries: [rateBy('broker', `${kafka}throttled_seconds_total`)],
    },
    {
      title: 'Durability of the topics',
      description: 'Weak: for example one replica only; the log says why. Unusable: nothing can be written.',
      unit: 'none',
      kind: 'state-timeline',
      runbook: 'topic-weak.md',
      states: [
        { value: 0, text: 'safe', color: 'green' },
        { value: 1, text: 'weak', color: 'yellow' },
        { value: 2, text: 'unusable', color: 'red' },
      ],
      queries: [{ legend: '{{topic}}', expr: `max by (topic) (${kafka}topic_weakness{SELECTOR})` }],
    },
  ],
};
