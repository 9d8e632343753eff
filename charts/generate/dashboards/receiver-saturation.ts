import type { RowSpec } from './panel-spec.ts';
import { createThresholdLines } from './panel-spec.ts';
import { cpuQuery, eventLoopDelayPanel, memoryPanel } from './process-panels.ts';

const createShareOfLimitQuery = (name: string) =>
  `max by (instance) (comapi_webhook_in_flight_${name}{SELECTOR} / comapi_webhook_in_flight_${name}_limit{SELECTOR})`;

export const saturationRow: RowSpec = {
  title: 'Saturation',
  panels: [
    {
      title: 'Pod readiness',
      description:
        'Whether each pod accepts traffic. If a line does not begin at the start of the time range, the pod is new or has restarted.',
      unit: 'none',
      kind: 'state-timeline',
      runbook: 'not-ready.md',
      states: [
        { value: 0, text: 'not ready', color: 'red' },
        { value: 1, text: 'ready', color: 'green' },
      ],
      queries: [{ legend: '{{instance}}', expr: 'max by (instance) (comapi_webhook_ready{SELECTOR})' }],
    },
    {
      title: 'Requests and bytes in flight (share of limit)',
      description:
        'Requests and bytes in flight, as a share of their limits. At 100 %, further deliveries get a 503 so that memory use stops growing.',
      unit: 'percentunit',
      kind: 'timeseries',
      max: 1,
      thresholds: createThresholdLines([0.8, 'orange'], [1, 'red']),
      runbook: 'near-limit.md',
      queries: [
        { legend: '{{instance}} requests', expr: createShareOfLimitQuery('requests') },
        { legend: '{{instance}} bytes', expr: createShareOfLimitQuery('bytes') },
      ],
    },
    {
      title: 'CPU usage (cores)',
      description:
        'Number of CPU cores that each process uses. A process uses about one core at most. To scale, add pods.',
      unit: 'none',
      kind: 'timeseries',
      thresholds: createThresholdLines([1, 'red']),
      queries: [cpuQuery],
    },
    eventLoopDelayPanel,
    memoryPanel,
  ],
};
