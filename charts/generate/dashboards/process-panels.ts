import { limits, type PanelSpec, type QuerySpec } from './panel-spec.ts';

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

export const cpuQuery: QuerySpec = {
  legend: '{{instance}}',
  expr: 'sum by (instance) (rate(process_cpu_seconds_total{SELECTOR}[$__rate_interval]))',
};
