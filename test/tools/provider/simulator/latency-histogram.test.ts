import { expect, test } from 'vitest';
import { LatencyHistogram } from '../../../../src/tools/provider/simulator/simulation-report.ts';

test('percentiles are right to 2 %, whatever the scale', () => {
  for (const scale of [0.01, 1, 100]) {
    const histogram = new LatencyHistogram();
    for (let value = 1; value <= 1_000; value += 1) {
      histogram.add(value * scale);
    }
    const { p50, p90, p99, max } = histogram.report();
    for (const [actual, expected] of [
      [p50, 500],
      [p90, 900],
      [p99, 990],
    ] as const) {
      expect(Math.abs(actual / scale - expected)).toBeLessThan(expected * 0.02);
    }
    expect(max).toBe(1_000 * scale);
  }
});

test('nothing measured is 0', () => {
  expect(new LatencyHistogram().report()).toEqual({ p50: 0, p90: 0, p99: 0, p999: 0, max: 0 });
});
