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
    'src/observe/filter-metrics.ts',
    'src/observe/receiver-metrics.ts',
    'src/runtime/metric-factory.ts',
    'src/stores/append/store-metrics.ts',
    'src/stores/kafka/produce/kafka-sink-metrics.ts',
    'src/stores/spool/spool-metrics.ts',
  ]);
});
