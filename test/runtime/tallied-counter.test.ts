import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';

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
