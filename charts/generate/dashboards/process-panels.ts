import { limits, type PanelSpec, type QuerySpec, rateBy } from './panel-spec.ts';

/** What the receiver and the filter show of their processes in the same way. */
export const memoryPanel: PanelSpec = {
  title: 'Memory',
  description:
    'Resident memory of each process. The line is the chart’s default limit of the container, 512 MiB.',
  unit: 'bytes',
  kind: 'timeseries',
  thresholds: limits([536_870_912, 'red']),
  queries: [{ legend: '{{instance}}', expr: 'max by (instance) (process_resident_memory_bytes{SELECTOR})' }],
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
