import { quantileColors } from './colors.ts';
import type { DashboardSpec } from './panel-spec.ts';
import { createQuantileQuery, createRateQuery } from './panel-spec.ts';
import { cpuQuery, eventLoopDelayPanel, memoryPanel } from './process-panels.ts';

const filter = 'comapi_webhook_filter_';

export const filterDashboard: DashboardSpec = {
  uid: 'comapi-webhook-filter',
  title: 'Comapi revision filter',
  description:
    'Record outcomes, lag and transactions of the revision filter, which keeps the latest state of every entity.',
  presenceMetric: `${filter}ready`,
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'Ready filter processes',
          description:
            'Number of filter processes that have joined the consumer group, have restored their partitions, and are making progress. 0 means that the latest states are not being updated.',
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
            'Number of records that the filter has not processed yet, across all partitions of the events topic. Normally close to 0.',
          unit: 'none',
          kind: 'stat',
          queries: [{ legend: 'lag', expr: `sum(${filter}lag_records{SELECTOR})` }],
        },
        {
          title: 'Tracked entities',
          description:
            'Number of entities in memory. For each entity, the filter keeps the highest revision.',
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
            'forwarded: the record contains a newer state and was written to the latest-state topic. obsolete, duplicate: the record was dropped because it contains an older or the same state. untracked: the record has no revision and was forwarded without a comparison. dead_lettered: the record cannot be read and was written to the dead-letter topic. own: the record is a test event and was dropped.',
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
            'Number of records in each partition that the filter has not processed yet. If only one partition lags, it has a hot key or its filter process is slow.',
          unit: 'none',
          kind: 'timeseries',
          queries: [{ legend: '{{partition}}', expr: `max by (partition) (${filter}lag_records{SELECTOR})` }],
        },
      ],
    },
    {
      title: 'Transactions and resource usage',
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
          description:
            'Number of CPU cores that each process uses. A single process filters all records of a partition, so more processes than partitions do not help.',
          unit: 'none',
          kind: 'timeseries',
          queries: [cpuQuery],
        },
      ],
    },
  ],
};
