import * as fc from 'fast-check';
import { Histogram as PromHistogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetricFactory } from '../../src/runtime/metric-factory.ts';

const buckets = [0.5, 1, 10];
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(...buckets, 0, -1, 10.000001),
);

test('is collected as one of prom-client is, for any observations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value), async (values) => {
      const own = new Registry();
      const histogram = createMetricFactory(own, '').histogram('wait_seconds', 'Wait.', buckets);
      const theirs = new Registry();
      const other = new PromHistogram({ name: 'wait_seconds', help: 'Wait.', buckets, registers: [theirs] });
      for (const each of values) {
        histogram.observe(each);
        other.observe(each);
      }
      expect(await own.metrics()).toBe(await theirs.metrics());
    }),
  );
});

test('has a series for each value of its label, from the first time it is requested', async () => {
  const own = new Registry();
  const histogram = createMetricFactory(own, '').labelledHistogram('wait_seconds', 'Wait.', buckets, 'queue');
  const theirs = new Registry();
  const options = {
    name: 'wait_seconds',
    help: 'Wait.',
    buckets,
    labelNames: ['queue'],
    registers: [theirs],
  };
  const other = new PromHistogram(options);
  other.zero({ queue: 'a' });
  histogram.series('a');
  for (const [queue, each] of [['b', 0.7] as const, [3, 11] as const, ['b', 5] as const]) {
    histogram.series(queue).observe(each);
    other.observe({ queue }, each);
  }
  expect(await own.metrics()).toBe(await theirs.metrics());
});
