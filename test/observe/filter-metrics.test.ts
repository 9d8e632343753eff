import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createFilterMetrics } from '../../src/observe/filter-metrics.ts';
import { Health } from '../../src/observe/health.ts';

function setUp() {
  const registry = new Registry();
  return {
    registry,
    metrics: createFilterMetrics(registry, '1.2.3'),
    async lines() {
      const text = await registry.metrics();
      return text
        .split('\n')
        .filter((line) => line.startsWith('comapi_webhook_'))
        .map((line) => line.replace(/^comapi_webhook_(filter_)?/, ''));
    },
  };
}

test('counts what was committed', async () => {
  const { metrics, lines } = setUp();
  const batch = { partition: 0, header: () => undefined };
  metrics.committed({ ...batch, seconds: 0.25, outcomes: ['forwarded', 'obsolete', 'forwarded'] });
  metrics.committed({ ...batch, seconds: 0.5, outcomes: ['obsolete', 'dead_lettered', 'obsolete'] });
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'records_total{outcome="forwarded"} 2',
      'records_total{outcome="obsolete"} 3',
      'records_total{outcome="dead_lettered"} 1',
      'transactions_total{result="committed"} 2',
      'transaction_duration_seconds_sum 0.75',
    ]),
  );
});

test('tells a fenced partition from a failed one', async () => {
  const { metrics, lines } = setUp();
  metrics.failed({ partition: 0, reason: 'fenced' });
  metrics.failed({ partition: 0, reason: 'error' });
  metrics.failed({ partition: 0, reason: 'error' });
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'transactions_total{result="fenced"} 1',
      'transactions_total{result="failed"} 2',
    ]),
  );
});

test('the series of a partition end with it, and its lag when it is unknown', async () => {
  const { metrics, lines } = setUp();
  metrics.position({ partition: 3, position: 10, entities: 5 });
  metrics.lag(3, 7);
  expect(await lines()).toEqual(
    expect.arrayContaining(['tracked_entities{partition="3"} 5', 'lag_records{partition="3"} 7']),
  );
  metrics.lag(3, undefined);
  expect((await lines()).filter((line) => line.startsWith('lag_records'))).toEqual([]);
  metrics.ended(3);
  expect((await lines()).filter((line) => line.includes('partition='))).toEqual([]);
});

test('has a series for each result of a transaction, and each outcome, from the start', async () => {
  const lines = await setUp().lines();
  expect(lines.filter((line) => line.startsWith('transactions_total'))).toEqual([
    'transactions_total{result="committed"} 0',
    'transactions_total{result="failed"} 0',
    'transactions_total{result="fenced"} 0',
  ]);
  expect(lines.filter((line) => /^records_total\{.*\} 0$/.test(line))).toHaveLength(6);
});

test('has a series for each reason of a reset from the start', async () => {
  const { metrics, lines } = setUp();
  metrics.reset({ partition: 0, reset: { reason: 'records_expired', startOffset: 5 } });
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'log_resets_total{reason="records_expired"} 1',
      'log_resets_total{reason="topic_recreated"} 0',
    ]),
  );
});

test('shows readiness when metrics are collected', async () => {
  const { metrics, lines } = setUp();
  const health = new Health([], { staysReady: false });
  metrics.watchHealth(health);
  expect(await lines()).toContain('ready 1');
  health.drain();
  expect(await lines()).toContain('ready 0');
});
