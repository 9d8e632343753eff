import { Registry } from 'prom-client';
import { createFilterMetrics } from '../../src/observe/filter-metrics.ts';
import type { Health } from '../../src/observe/health.ts';
import type { WatchedParts } from '../../src/observe/receiver-gauges.ts';
import { createReceiverMetrics } from '../../src/observe/receiver-metrics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import {
  createKafkaSinkMetrics,
  createThrottledSeconds,
} from '../../src/stores/kafka/produce/kafka-sink-metrics.ts';
import { createSpoolMetrics } from '../../src/stores/spool/spool-metrics.ts';

/** What prom-client's metrics and the project's own histogram tell of themselves. */
interface DescribedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Nothing is collected, so that nothing of them is read. */
const unread = { certificateProblem: () => undefined } as unknown as WatchedParts & Health;

type Declare = (registry: Registry) => void;

const sections: readonly (readonly [title: string, processes: readonly Declare[]])[] = [
  [
    'The receiver',
    [
      (registry) =>
        createReceiverMetrics(registry, { version: '', webhooks: [], clock: systemClock }).watch(unread),
    ],
  ],
  // The others have the same, without those of Kafka.
  ['With Kafka, RabbitMQ or Redis', [createKafkaSinkMetrics]],
  ['With a spool', [(registry) => createSpoolMetrics({ registry, maxBytes: 0, current: () => undefined })]],
  [
    'The revision filter',
    [(registry) => createFilterMetrics(registry, '').watchHealth(unread), createThrottledSeconds],
  ],
];

export const metricsPage = new URL('../../docs/metrics.md', import.meta.url);

/** Every metric of the processes, from where they are declared. */
export function describeMetrics(): string {
  return [
    '# Metrics',
    '',
    'What `/metrics` of the management port serves. Made by `npm run docs:generate` from where the metrics are declared. All pods',
    'also serve the `process_` and `nodejs_` metrics of prom-client. [Monitoring](monitoring.md) says what to look at.',
    '',
    'Names that end with `_total` are counters, histograms are marked, all others are gauges.',
    ...sections.flatMap(([title, processes]) => ['', `## ${title}`, '', ...describeSection(processes)]),
    '',
  ].join('\n');
}

function describeSection(processes: readonly Declare[]): string[] {
  return [
    '| metric, with its labels | what it says |',
    '| --- | --- |',
    ...processes
      .flatMap(readMetrics)
      .map(describeMetric)
      .toSorted((one, other) => one.localeCompare(other)),
  ];
}

function readMetrics(declare: Declare): readonly DescribedMetric[] {
  const registry = new Registry();
  declare(registry);
  const metrics = registry.getMetricsAsArray() as unknown as readonly DescribedMetric[];
  const own = metrics.filter(({ name }) => name.startsWith('comapi_'));
  const misnamed = own.find(({ name, type }) => name.endsWith('_total') !== (type === 'counter'));
  if (misnamed) {
    throw new Error(`${misnamed.name} is a ${misnamed.type}: the page says otherwise`);
  }
  return own;
}

function describeMetric({ name, labelNames, type, help }: DescribedMetric): string {
  const mark = type === 'histogram' ? 'Histogram. ' : '';
  return `| \`${name}${nameLabels(labelNames)}\` | ${mark}${help} |`;
}

/** As Prometheus writes them. */
function nameLabels(names: readonly string[]): string {
  return names.length > 0 ? `{${names.join(',')}}` : '';
}
