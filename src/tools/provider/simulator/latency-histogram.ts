import { createHistogram } from 'node:perf_hooks';

/** Percentiles in milliseconds. */
export interface LatencyReport {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Memory does not grow with the number of values. */
export class LatencyHistogram {
  /** It takes whole numbers from 1 on: microseconds. What it returns is right to three digits. */
  readonly #histogram = createHistogram();
  #maxMs = 0;

  add(milliseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(milliseconds * 1_000)));
    this.#maxMs = Math.max(this.#maxMs, milliseconds);
  }

  report(): LatencyReport {
    return {
      p50: this.#percentile(50),
      p90: this.#percentile(90),
      p99: this.#percentile(99),
      p999: this.#percentile(99.9),
      max: round(this.#maxMs),
    };
  }

  #percentile(percent: number): number {
    const histogram = this.#histogram;
    return histogram.count === 0 ? 0 : round(Math.min(this.#maxMs, histogram.percentile(percent) / 1_000));
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
