import { type Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';

test('puts each kind of metric on the registry, under the prefix', async () => {
  const registry = new Registry();
  const { counter, gauge, histogram } = createMetricFactory(registry, 'app_');
  counter('events_total', 'Events.', ['kind']).inc({ kind: 'a' }, 2);
  gauge('depth', 'Depth.').set(3);
  histogram('wait_seconds', 'Wait.', [1, 2]).observe(1.5);
  const text = await registry.metrics();
  expect(text).toContain('# HELP app_events_total Events.');
  expect(text).toContain('app_events_total{kind="a"} 2');
  expect(text).toContain('app_depth 3');
  expect(text).toContain('app_wait_seconds_bucket{le="2"} 1');
});

test('reads collected metrics anew for each collection', async () => {
  const registry = new Registry();
  const { collectedGauge, counter } = createMetricFactory(registry, 'app_');
  let depth = 1;
  collectedGauge('depth', 'Depth.', (gauge) => gauge.set({ queue: 'a' }, depth), ['queue']);
  const events: Counter<'kind'> = counter('events_total', 'Events.', ['kind'], () =>
    events.inc({ kind: 'a' }, 0),
  );
  expect(await registry.metrics()).toContain('app_depth{queue="a"} 1');
  depth = 2;
  const text = await registry.metrics();
  expect(text).toContain('app_depth{queue="a"} 2');
  expect(text).toContain('app_events_total{kind="a"} 0');
});

test('what was added is collected once, beside what was counted by labels', async () => {
  const registry = new Registry();
  const counter = createMetricFactory(registry, '').counter('events_total', 'Events.', ['kind']);
  const tally = counter.tally({ kind: 'a' });
  expect(await registry.metrics()).toContain('events_total{kind="a"} 0');
  tally.add(2);
  tally.add(3);
  counter.inc({ kind: 'a' }, 10);
  counter.inc({ kind: 'b' });
  for (let collection = 0; collection < 2; collection += 1) {
    const text = await registry.metrics();
    expect(text).toContain('events_total{kind="a"} 15');
    expect(text).toContain('events_total{kind="b"} 1');
  }
  tally.add(1);
  expect((await counter.get()).values).toContainEqual({ labels: { kind: 'a' }, value: 16 });
});
