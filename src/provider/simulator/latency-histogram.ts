import { createHistogram } from 'node:perf_hooks';

/** Percentiles in milliseconds. */
export interface LatencyReport {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface LatencyHistogram {
  add(milliseconds: number): void;
  report(): LatencyReport;
}

/** Memory does not grow with the number of values. */
export function createLatencyHistogram(): LatencyHistogram {
  // It takes whole numbers from 1 on: microseconds. What it returns is right to three digits.
  const histogram = createHistogram();
  let maxMs = 0;

  function percentile(percent: number): number {
    return histogram.count === 0 ? 0 : round(Math.min(maxMs, histogram.percentile(percent) / 1_000));
  }

  return {
    add(milliseconds) {
      histogram.record(Math.max(1, Math.round(milliseconds * 1_000)));
      maxMs = Math.max(maxMs, milliseconds);
    },
    report: () => ({
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
      p999: percentile(99.9),
      max: round(maxMs),
    }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
