import { Registry } from 'prom-client';
import {
  createKafkaSinkMetrics,
  createThrottledSeconds,
} from '../../src/kafka/produce/kafka-sink-metrics.ts';
import { createFilterMetrics } from '../../src/ops/filter-metrics.ts';
import type { Health } from '../../src/ops/health.ts';
import type { WatchedParts } from '../../src/ops/receiver-gauges.ts';
import { createReceiverMetrics } from '../../src/ops/receiver-metrics.ts';
import { createRabbitMqMetrics } from '../../src/rabbitmq/rabbitmq-metrics.ts';
import { createRedisMetrics } from '../../src/redis/redis-metrics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { SpoolKeeper } from '../../src/spool/spool-keeper.ts';
import { createSpoolMetrics } from '../../src/spool/spool-metrics.ts';

/** What prom-client's metrics and the project's own histogram tell of themselves. */
interface DescribedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Nothing is collected, so that nothing of them is read. */
const unread = { certificateFault: () => undefined } as unknown as WatchedParts & SpoolKeeper & Health;

const sections: readonly (readonly [title: string, declare: (registry: Registry) => void])[] = [
  [
    'The receiver',
    (registry) =>
      createReceiverMetrics(registry, { version: '', webhooks: [], clock: systemClock }).watch(unread),
  ],
  ['With Kafka', createKafkaSinkMetrics],
  ['With RabbitMQ', createRabbitMqMetrics],
  ['With Redis', createRedisMetrics],
  ['With a spool', (registry) => createSpoolMetrics(registry, unread)],
  ['The revision filter', (registry) => createFilterMetrics(registry, '').watchHealth(unread)],
  ['The revision filter with Kafka', createThrottledSeconds],
];

export const metricsPage = new URL('../../docs/metrics.md', import.meta.url);

/** Every metric of the processes, from where they are declared. */
export function describeMetrics(): string {
  return [
    '# Metrics',
    '',
    'What `/metrics` of the management port serves. Made by `npm run docs:generate` from where the metrics are declared. All pods',
    'also serve the `process_` and `nodejs_` metrics of prom-client. [Monitoring](monitoring.md) says what to look at.',
    ...sections.flatMap(([title, declare]) => ['', `## ${title}`, '', ...describeSection(declare)]),
    '',
  ].join('\n');
}

function describeSection(declare: (registry: Registry) => void): string[] {
  const registry = new Registry();
  declare(registry);
  const metrics = registry.getMetricsAsArray() as unknown as readonly DescribedMetric[];
  return [
    '| metric, with its labels | type | what it says |',
    '| --- | --- | --- |',
    ...metrics
      .filter(({ name }) => name.startsWith('comapi_'))
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .map(
        ({ name, type, labelNames, help }) => `| \`${name}${nameLabels(labelNames)}\` | ${type} | ${help} |`,
      ),
  ];
}

/** As Prometheus writes them. */
function nameLabels(names: readonly string[]): string {
  return names.length > 0 ? `{${names.join(',')}}` : '';
}
