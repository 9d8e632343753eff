/** Percentiles in milliseconds, exact to 2 %. */
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

const bucketsPerDoubling = 32;
/** From 1 microsecond to 2^27 of them, over two minutes. */
const bucketCount = 28 * bucketsPerDoubling;

/** Memory does not grow with the number of values. */
export function createLatencyHistogram(): LatencyHistogram {
  const counts = new Float64Array(bucketCount);
  let total = 0;
  let max = 0;

  function percentile(share: number): number {
    let left = Math.ceil(total * share);
    for (let bucket = 0; bucket < bucketCount; bucket += 1) {
      left -= counts[bucket] ?? 0;
      if (left <= 0) {
        return total === 0 ? 0 : Math.min(max, 2 ** ((bucket + 0.5) / bucketsPerDoubling) / 1_000);
      }
    }
    return max;
  }

  return {
    add(milliseconds) {
      const bucket = Math.floor(Math.log2(Math.max(1, milliseconds * 1_000)) * bucketsPerDoubling);
      const at = Math.min(bucketCount - 1, bucket);
      counts[at] = (counts[at] ?? 0) + 1;
      total += 1;
      max = Math.max(max, milliseconds);
    },
    report: () => ({
      p50: round(percentile(0.5)),
      p90: round(percentile(0.9)),
      p99: round(percentile(0.99)),
      p999: round(percentile(0.999)),
      max: round(max),
    }),
  };
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
