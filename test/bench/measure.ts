import { cpuSeconds, forgetPeak, peakMib, residentMib } from '../support/process-counters.ts';
import { type LoadShape, runLoad } from './run-load.ts';
import type { RunningVariant } from './variants.ts';

export interface Sample {
  /** Number of requests that got a 2xx response. */
  readonly requestsPerSecond: number;
  /** User and system CPU time of the measured process per request with a 2xx response. */
  readonly cpuUsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMib: number;
  /** Maximum resident memory during the measurement. */
  readonly peakMib: number;
  /** Share of the requests that got no 2xx response within 10 s. */
  readonly failedShare: number;
}

/** Performs one measurement under closed-loop load. Returns `undefined` if no request got a 2xx response. */
export async function measure(variant: RunningVariant, shape: LoadShape): Promise<Sample | undefined> {
  forgetPeak(variant.pid);
  const cpuBefore = cpuSeconds(variant.pid);
  const { requests, durationUs, failures, p50Us, p99Us } = await runLoad(variant.url, shape);
  const cpu = cpuSeconds(variant.pid) - cpuBefore;
  if (requests === 0) {
    return undefined;
  }
  return {
    requestsPerSecond: requests / (durationUs / 1e6),
    cpuUsPerRequest: (cpu * 1e6) / requests,
    p50Ms: p50Us / 1000,
    p99Ms: p99Us / 1000,
    residentMib: residentMib(variant.pid),
    peakMib: peakMib(variant.pid),
    failedShare: failures / (requests + failures),
  };
}
