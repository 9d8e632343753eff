import type { RowSpec } from './panel-spec.ts';

const share = (name: string) =>
  `max by (instance) (comapi_webhook_in_flight_${name}{SELECTOR} / comapi_webhook_in_flight_${name}_limit{SELECTOR})`;

export const saturation: RowSpec = {
  title: 'Saturation',
  panels: [
    {
      title: 'Requests in flight, share of the limit',
      description: 'At 100 % further deliveries are answered 503.',
      unit: 'percentunit',
      kind: 'timeseries',
      max: 1,
      thresholds: [
        { from: null, color: 'green' },
        { from: 0.8, color: 'red' },
      ],
      queries: [{ legend: '{{instance}}', expr: share('requests') }],
    },
    {
      title: 'Bytes in flight, share of the limit',
      description: 'At 100 % further deliveries are answered 503; memory stays flat.',
      unit: 'percentunit',
      kind: 'timeseries',
      max: 1,
      thresholds: [
        { from: null, color: 'green' },
        { from: 0.8, color: 'red' },
      ],
      queries: [{ legend: '{{instance}}', expr: share('bytes') }],
    },
    {
      title: 'CPU',
      description: 'Cores in use. One process does not use much more than one: scale by pods.',
      unit: 'none',
      kind: 'timeseries',
      queries: [
        {
          legend: '{{instance}}',
          expr: 'sum by (instance) (rate(process_cpu_seconds_total{SELECTOR}[$__rate_interval]))',
        },
      ],
    },
    {
      title: 'Event loop delay',
      description: 'p99 of how late the event loop is. Above 100 ms the process is out of CPU.',
      unit: 's',
      kind: 'timeseries',
      queries: [
        { legend: '{{instance}}', expr: 'max by (instance) (nodejs_eventloop_lag_p99_seconds{SELECTOR})' },
      ],
    },
    {
      title: 'Memory',
      description: 'Resident memory of each process, against the limit of its container.',
      unit: 'bytes',
      kind: 'timeseries',
      queries: [
        { legend: '{{instance}}', expr: 'max by (instance) (process_resident_memory_bytes{SELECTOR})' },
      ],
    },
  ],
};
