import type { PanelSpec, RowSpec } from './panel-spec.ts';
import { quantile, rateBy } from './panel-spec.ts';

export interface StoreRowOptions {
  readonly title: string;
  /** Of the metrics' names, with its underscore at the end. */
  readonly prefix: string;
  /** What answers a request, as the metrics' label. */
  readonly label: string;
  /** Behind the titles of the panels, where another row has the same. */
  readonly suffix?: string;
  /** What the time of a request shows, after "Until … answered". */
  readonly duration: string;
  /** What an open circuit refuses. */
  readonly circuit: string;
  /** What makes a topic weak, for example. */
  readonly weakness: string;
  /** What only this store has; before the durability. */
  readonly own?: readonly PanelSpec[];
}

/** The row of one store on the receiver's dashboard: the metrics that every store with queues has, and its own. */
export function toStoreRow(options: StoreRowOptions): RowSpec {
  const { title, prefix, label, suffix = '', own = [] } = options;
  const named = (panel: PanelSpec): PanelSpec => ({ ...panel, title: panel.title + suffix });
  return {
    title,
    panels: [
      ...[requestTime(options), records(prefix, label), waiting(prefix), circuits(options)].map(named),
      ...[again(prefix), connections(prefix)].map(named),
      ...own,
      named(durability(prefix, options.weakness)),
    ],
  };
}

const requestTime = ({ prefix, label, duration }: StoreRowOptions): PanelSpec => ({
  title: 'Time of a produce request',
  description: duration,
  unit: 's',
  kind: 'timeseries',
  queries: [quantile(0.99, `${prefix}produce_duration_seconds`, label)],
});

const records = (prefix: string, label: string): PanelSpec => ({
  title: `Records by ${label}`,
  description: 'Records in answered produce requests.',
  unit: 'recps',
  kind: 'timeseries',
  stacked: true,
  queries: [rateBy(label, `${prefix}produced_records_total`)],
});

const waiting = (prefix: string): PanelSpec => ({
  title: 'Waiting records',
  description: 'Records that wait for a produce request or its answer.',
  unit: 'none',
  kind: 'timeseries',
  queries: [{ legend: '{{instance}}', expr: `sum by (instance) (${prefix}queue_records{SELECTOR})` }],
});

const circuits = ({ prefix, label, circuit }: StoreRowOptions): PanelSpec => ({
  title: 'Circuits',
  description: `Closed: it works. Half open: it is being tried. Open: ${circuit}`,
  unit: 'none',
  kind: 'state-timeline',
  runbook: 'store-unavailable.md',
  states: [
    { value: 0, text: 'closed', color: 'green' },
    { value: 1, text: 'half open', color: 'yellow' },
    { value: 2, text: 'open', color: 'red' },
  ],
  queries: [
    { legend: `${label} {{${label}}}`, expr: `max by (${label}) (${prefix}circuit_state{SELECTOR})` },
  ],
});

const again = (prefix: string): PanelSpec => ({
  title: 'Records sent again',
  description: 'By cause. A retry may store a record twice; consumers drop it by its id.',
  unit: 'recps',
  kind: 'timeseries',
  queries: [rateBy('cause', `${prefix}retried_records_total`)],
});

const connections = (prefix: string): PanelSpec => ({
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
});

const durability = (prefix: string, weakness: string): PanelSpec => ({
  title: 'Durability of the topics',
  description: `Weak: ${weakness}; the log says why. Unusable: nothing can be written.`,
  unit: 'none',
  kind: 'state-timeline',
  runbook: 'topic-weak.md',
  states: [
    { value: 0, text: 'safe', color: 'green' },
    { value: 1, text: 'weak', color: 'yellow' },
    { value: 2, text: 'unusable', color: 'red' },
  ],
  queries: [{ legend: '{{topic}}', expr: `max by (topic) (${prefix}topic_weakness{SELECTOR})` }],
});
