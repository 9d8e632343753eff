import { quantileColors } from './colors.ts';
import type { DashboardSpec } from './panel-spec.ts';
import { quantile, rateBy } from './panel-spec.ts';
import { cpuQuery, loopDelayPanel, memoryPanel } from './process-panels.ts';

const filter = 'comapi_webhook_filter_';

export const filterDashboard: DashboardSpec = {
  uid: 'comapi-webhook-filter',
  title: 'Comapi revision filter',
  description: 'Obsolete and repeated events dropped, the latest state of every entity kept.',
  presenceMetric: `${filter}ready`,
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Ready filters',
          description: 'Processes that are members of the group and have read their state back.',
          unit: 'none',
          kind: 'stat',
          thresholds: [
            { from: null, color: 'red' },
            { from: 1, color: 'green' },
          ],
          queries: [{ legend: 'ready', expr: `sum(${filter}ready{SELECTOR})` }],
        },
        {
          title: 'Records to go',
          description: 'Committed records of all partitions that are not filtered yet.',
          unit: 'none',
          kind: 'stat',
          queries: [{ legend: 'lag', expr: `sum(${filter}lag_records{SELECTOR})` }],
        },
        {
          title: 'Entities in memory',
          description: 'Entities whose highest revision is remembered.',
          unit: 'none',
          kind: 'stat',
          queries: [{ legend: 'entities', expr: `sum(${filter}tracked_entities{SELECTOR})` }],
        },
      ],
    },
    {
      title: 'Records',
      panels: [
        {
          title: 'Records by outcome',
          description:
            'forwarded: a later state. obsolete, duplicate: dropped. untracked: passed on, has no revision. dead_lettered: unreadable. own: a test of this product, dropped.',
          unit: 'recps',
          kind: 'timeseries',
          stacked: true,
          colors: {
            forwarded: 'green',
            obsolete: 'blue',
            duplicate: 'light-blue',
            untracked: 'yellow',
            dead_lettered: 'purple',
            own: 'light-green',
          },
          queries: [rateBy('outcome', `${filter}records_total`)],
        },
        {
          title: 'Lag by partition',
          description: 'Records that wait. One partition alone: a hot key, or a process that lags behind.',
          unit: 'none',
          kind: 'timeseries',
          queries: [{ legend: '{{partition}}', expr: `max by (partition) (${filter}lag_records{SELECTOR})` }],
        },
      ],
    },
    {
      title: 'Transactions and state',
      panels: [
        {
          title: 'Transactions by result',
          description:
            'failed: repeated from the last committed state. fenced: another process took the partition over.',
          unit: 'ops',
          kind: 'timeseries',
          colors: { committed: 'green', fenced: 'blue', failed: 'red' },
          runbook: 'filter.md',
          queries: [rateBy('result', `${filter}transactions_total`)],
        },
        {
          title: 'Time of a transaction',
          description: 'Deciding, writing and committing one batch of records.',
          unit: 's',
          kind: 'timeseries',
          colors: quantileColors,
          queries: [0.5, 0.99].map((q) => quantile(q, `${filter}transaction_duration_seconds`)),
        },
        loopDelayPanel,
        memoryPanel,
        {
          title: 'CPU',
          description: 'Cores in use; each partition is worked on by one process.',
          unit: 'none',
          kind: 'timeseries',
          queries: [cpuQuery],
        },
      ],
    },
  ],
};
