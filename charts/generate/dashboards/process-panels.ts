import type { PanelSpec, QuerySpec } from './panel-spec.ts';

/** Panel with the memory use and memory limit of each process, on the receiver and filter dashboards. */
export const memoryPanel: PanelSpec = {
  title: 'Memory',
  description:
    'Resident memory of each process, and the lowest memory limit of all containers. If no container has a memory limit, the limit line is missing.',
  unit: 'bytes',
  kind: 'timeseries',
  colors: { limit: 'red' },
  runbook: 'near-limit.md',
  queries: [
    { legend: '{{instance}}', expr: 'max by (instance) (process_resident_memory_bytes{SELECTOR})' },
    { legend: 'limit', expr: 'min(comapi_webhook_memory_limit_bytes{SELECTOR} > 0)' },
  ],
};

/** Panel with the Node.js event loop delay, on the receiver and filter dashboards. */
export const eventLoopDelayPanel: PanelSpec = {
  title: 'Event loop delay',
  description:
    'Delay of the event loop: the 99th percentile (p99), and the maximum since the last scrape. A p99 above 100 ms means that the process is short of CPU. A delay of seconds means that the process was blocked and served no requests.',
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

/** CPU seconds per second of each process, which is the number of cores in use. */
export const cpuQuery: QuerySpec = {
  legend: '{{instance}}',
  expr: 'sum by (instance) (rate(process_cpu_seconds_total{SELECTOR}[$__rate_interval]))',
};
