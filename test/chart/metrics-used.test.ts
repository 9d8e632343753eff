import { globSync, readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createFilterMetrics } from '../../src/observe/filter-metrics.ts';
import type { Health } from '../../src/observe/health.ts';
import type { GaugeSources } from '../../src/observe/receiver-gauges.ts';
import { createReceiverMetrics } from '../../src/observe/receiver-metrics.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createKafkaSinkMetrics } from '../../src/stores/kafka/produce/kafka-sink-metrics.ts';
import { createSpoolMetrics } from '../../src/stores/spool/spool-metrics.ts';

/** Members that the metrics of prom-client and the project's own histogram share. */
interface DescribedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

const root = new URL('../..', import.meta.url).pathname;
const read = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((path) => ({ path, text: readFileSync(`${root}${path}`, 'utf8') }));
/** Placeholder for state that is only read when metrics are collected, which this test does not do. */
const unread = { certificate: {} } as unknown as GaugeSources & Health;

/**
 * Functions that declare all metrics. All stores share most metrics, and Kafka adds some, so the metrics of the Kafka
 * sink cover every store.
 */
const declare: readonly ((registry: Registry) => void)[] = [
  (registry) =>
    createReceiverMetrics(registry, { version: '', webhooks: [], clock: systemClock }).watch(unread, unread),
  createKafkaSinkMetrics,
  (registry) =>
    createSpoolMetrics({ registry, maxBytes: 0, current: () => undefined, findProblem: () => undefined }),
  (registry) => createFilterMetrics(registry, '').watchHealth(unread),
];
const metrics = declare
  .flatMap((each) => {
    const registry = new Registry();
    each(registry);
    return registry.getMetricsAsArray() as unknown as readonly DescribedMetric[];
  })
  .filter(({ name }) => name.startsWith('comapi_'));
const readers = ['alerts/rules.yaml', 'dashboards/*.json']
  .flatMap((files) => read(`charts/comapi-webhook-receiver/${files}`))
  .concat(read('docs/runbooks/*.md'))
  .map(({ text }) => text)
  .join('\n');

test('every metric is in an alert, a panel or a runbook', () => {
  const names = new Set(metrics.map(({ name }) => name));
  expect(names.size).toBeGreaterThan(40);
  const ends = '(_bucket|_count|_sum)?\\b';
  expect([...names].filter((name) => !new RegExp(`\\b${name}${ends}`).test(readers))).toEqual([]);
});

test('every metric of ours that is read is there', () => {
  const names = new Set(
    metrics.flatMap(({ name, type }) =>
      type === 'histogram' ? ['', '_bucket', '_count', '_sum'].map((end) => name + end) : [name],
    ),
  );
  const named = new Set(readers.match(/(?<![:\w])comapi_webhook_\w+(?!\w|:)/g));
  expect([...named].filter((name) => !names.has(name))).toEqual([]);
});

test('counters alone are called total, and each metric has a help', () => {
  for (const { name, type, help } of metrics) {
    expect({ name, total: name.endsWith('_total') }).toEqual({ name, total: type === 'counter' });
    expect(help, name).toMatch(/\.$/);
  }
});

test('every file that declares metrics is looked at', () => {
  const declaring = read('src/**/*.ts').filter(({ text }) => text.includes('createMetricFactory('));
  expect(declaring.map(({ path }) => path).toSorted()).toEqual([
    'src/observe/filter-metrics.ts',
    'src/observe/receiver-metrics.ts',
    'src/runtime/metric-factory.ts',
    'src/stores/append/store-metrics.ts',
    'src/stores/kafka/produce/kafka-sink-metrics.ts',
    'src/stores/spool/spool-metrics.ts',
  ]);
});
