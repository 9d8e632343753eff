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
import { createRabbitMqMetrics } from '../../src/stores/rabbitmq/classify-result.ts';
import { createRedisMetrics } from '../../src/stores/redis/redis-metrics.ts';
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

/** Their metrics are mostly the same, but for prefix and label. */
const stores: readonly Declare[] = [createKafkaSinkMetrics, createRabbitMqMetrics, createRedisMetrics];

const sections: readonly (readonly [title: string, processes: readonly Declare[]])[] = [
  [
    'The receiver',
    [
      (registry) =>
        createReceiverMetrics(registry, { version: '', webhooks: [], clock: systemClock }).watch(unread),
    ],
  ],
  ['With Kafka, RabbitMQ or Redis', stores],
  ['With a spool', [(registry) => createSpoolMetrics({ registry, maxBytes: 0, current: () => undefined })]],
  [
    'The revision filter',
    [(registry) => createFilterMetrics(registry, '').watchHealth(unread), createThrottledSeconds],
  ],
];

const anyOf = new Intl.ListFormat('en-GB', { type: 'disjunction' });

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
  const metrics = processes.flatMap(readMetrics);
  const alike = Map.groupBy(metrics, ({ name }) => name.replace(/_(kafka|rabbitmq|redis)_/, '_'));
  return [
    '| metric, with its labels | what it says |',
    '| --- | --- |',
    ...[...alike.values()].map(describeMetric).toSorted((one, other) => one.localeCompare(other)),
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

/** One row for those that differ by their names, labels, and the label's name in the text. */
function describeMetric(metrics: readonly DescribedMetric[]): string {
  const names = metrics.map(({ name, labelNames }) => `\`${name}${nameLabels(labelNames)}\``);
  const [text, ...others] = new Set(metrics.map(({ help }) => help));
  const [label = ''] = metrics[0]?.labelNames ?? [];
  const labels = metrics.map(({ labelNames: [name = ''] }) => name);
  const help = others.length > 0 ? text?.replace(label, anyOf.format(labels)) : text;
  const mark = metrics[0]?.type === 'histogram' ? 'Histogram. ' : '';
  return `| ${names.join('<br>')} | ${mark}${help} |`;
}

/** As Prometheus writes them. */
function nameLabels(names: readonly string[]): string {
  return names.length > 0 ? `{${names.join(',')}}` : '';
}
