import type { PanelSpec, QuerySpec } from './panel-spec.ts';

/** What the receiver and the filter show of their processes in the same way. */
export const memoryPanel: PanelSpec = {
  title: 'Memory',
  description: 'Resident memory of each process, and the least limit of a container. Limit 0: there is none.',
  unit: 'bytes',
  kind: 'timeseries',
  colors: { limit: 'red' },
  runbook: 'near-limit.md',
  queries: [
    { legend: '{{instance}}', expr: 'max by (instance) (process_resident_memory_bytes{SELECTOR})' },
    { legend: 'limit', expr: 'min(comapi_webhook_memory_limit_bytes{SELECTOR})' },
  ],
};

export const loopDelayPanel: PanelSpec = {
  title: 'Event loop delay',
  description:
    'How late the event loop is: p99, and the longest between two scrapes. With a p99 above 100 ms the process is out of CPU; after seconds it stood still, and answered nothing meanwhile.',
  unit: 's',
  kind: 'timeseries',
  runbook: 'near-limit.md',
  queries: [
    { legend: '{{instance}} p99', expr: 'max by (instance) (nodejs_eventloop_lag_p99_seconds{SELECTOR})' },
    {
      legend: '{{instance}} longest',
      expr: 'max by (instance) (nodejs_eventloop_lag_max_seconds{SELECTOR})',
    },
  ],
};

export const cpuQuery: QuerySpec = {
  legend: '{{instance}}',
  expr: 'sum by (instance) (rate(process_cpu_seconds_total{SELECTOR}[$__rate_interval]))',
};
