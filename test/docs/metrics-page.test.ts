import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeMetrics, metricsPage } from './metrics-page.ts';

test('docs/metrics.md is what `npm run docs:generate` writes', () => {
  expect(readFileSync(metricsPage, 'utf8')).toBe(describeMetrics());
});

test('every room that declares metrics is on the page', () => {
  const declaring = globSync('src/**/*.ts', { cwd: new URL('../..', import.meta.url) })
    .filter((file) =>
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').includes('createMetricFactory('),
    )
    .toSorted();
  expect(declaring).toEqual([
    'src/append/store-metrics.ts',
    'src/kafka/produce/kafka-sink-metrics.ts',
    'src/ops/filter-metrics.ts',
    'src/ops/receiver-metrics.ts',
    'src/redis/redis-metrics.ts',
    'src/runtime/metric-factory.ts',
    'src/spool/open-spooling-sink.ts',
  ]);
});
