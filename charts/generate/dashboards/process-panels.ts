import { type PanelSpec, type QuerySpec, rateBy } from './panel-spec.ts';

/** What the receiver and the filter show of their processes in the same way. */
export const memoryPanel: PanelSpec = {
  title: 'Memory',
  description: 'Resident memory of each process, and the least limit of a container. Limit 0: there is none.',
  unit: 'bytes',
  kind: 'timeseries',
  colors: { limit: 'red' },
  runbook: 'pod-life.md',
  queries: [
    { legend: '{{instance}}', expr: 'max by (instance) (process_resident_memory_bytes{SELECTOR})' },
    { legend: 'limit', expr: 'min(comapi_webhook_memory_limit_bytes{SELECTOR})' },
  ],
};

export const agePanel: PanelSpec = {
  title: 'Age of each process',
  description:
    'Since its start. A line that falls back to 0 again and again is a container that is started again.',
  unit: 's',
  kind: 'timeseries',
  runbook: 'pod-life.md',
  queries: [
    { legend: '{{instance}}', expr: 'time() - max by (instance) (process_start_time_seconds{SELECTOR})' },
  ],
};

export const stallsPanel: PanelSpec = {
  title: 'Event loop stood still',
  description:
    'Share of the time in turns of the event loop that took more than a second each: nothing is answered meanwhile. 0 unless something is wrong.',
  unit: 'percentunit',
  kind: 'timeseries',
  runbook: 'event-loop-stalls.md',
  queries: [rateBy('instance', 'comapi_webhook_event_loop_stalled_seconds_total')],
};

export const cpuQuery: QuerySpec = {
  legend: '{{instance}}',
  expr: 'sum by (instance) (rate(process_cpu_seconds_total{SELECTOR}[$__rate_interval]))',
};
