import { quantileColors } from './colors.ts';
import type { DashboardSpec } from './panel-spec.ts';
import { createQuantileQuery, createRateQuery } from './panel-spec.ts';
import { cpuQuery, eventLoopDelayPanel, memoryPanel } from './process-panels.ts';

const filter = 'comapi_webhook_filter_';

export const filterDashboard: DashboardSpec = {
  uid: 'comapi-webhook-filter',
  title: 'Comapi revision filter',
  description:
    'Outcomes, lag and transactions of the revision filter, which keeps the latest state of every entity.',
  presenceMetric: `${filter}ready`,
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Ready filters',
          description:
            'Number of filter processes that have joined their consumer group, restored their partitions and make progress. 0 means that latest states are not updated.',
          unit: 'none',
          kind: 'stat',
          thresholds: [
            { from: null, color: 'red' },
            { from: 1, color: 'green' },
          ],
          queries: [{ legend: 'ready', expr: `sum(${filter}ready{SELECTOR})` }],
        },
        {
          title: 'Lag (records)',
          description:
            'Committed records that the filter has not processed yet, across all partitions. Normally close to 0.',
          unit: 'none',
          kind: 'stat',
          queries: [{ legend: 'lag', expr: `sum(${filter}lag_records{SELECTOR})` }],
        },
        {
          title: 'Tracked entities',
          description: 'Number of entities whose highest revision the filter holds in memory.',
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
            'forwarded: the record is a newer state and was written to the latest-state topic. obsolete, duplicate: the record was dropped. untracked: the record has no revision and was forwarded without a comparison. dead_lettered: the record is unreadable. own: the record is a test event and was dropped.',
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
          queries: [createRateQuery('outcome', `${filter}records_total`)],
        },
        {
          title: 'Lag by partition (records)',
          description:
            'Records that wait to be processed, for each partition. If only one partition lags, it has a hot key or its filter process is slow.',
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
            'committed: the normal result. failed: the filter retries from the last committed state. fenced: another process has taken over the partition.',
          unit: 'ops',
          kind: 'timeseries',
          colors: { committed: 'green', fenced: 'blue', failed: 'red' },
          runbook: 'filter.md',
          queries: [createRateQuery('result', `${filter}transactions_total`)],
        },
        {
          title: 'Transaction duration',
          description: 'Time to process, write and commit one batch of records.',
          unit: 's',
          kind: 'timeseries',
          colors: quantileColors,
          queries: [0.5, 0.99].map((q) => createQuantileQuery(q, `${filter}transaction_duration_seconds`)),
        },
        eventLoopDelayPanel,
        memoryPanel,
        {
          title: 'CPU usage (cores)',
          description: 'Number of CPU cores in use. Each partition is processed by one process.',
          unit: 'none',
          kind: 'timeseries',
          queries: [cpuQuery],
        },
      ],
    },
  ],
};
