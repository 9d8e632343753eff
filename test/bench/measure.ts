import { cpuSeconds, forgetPeak, peakMib, residentMib } from '../support/process-counters.ts';
import { type LoadShape, runLoad } from './run-load.ts';
import type { RunningVariant } from './variants.ts';

export interface Sample {
  /** Number of requests that were answered 2xx. */
  readonly requestsPerSecond: number;
  /** CPU time (user and system) of the measured process, per request that was answered 2xx. */
  readonly cpuUsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMib: number;
  /** Maximum resident memory during the measurement. */
  readonly peakMib: number;
  /** Share of requests that were not answered 2xx within 10 s. */
  readonly failedShare: number;
}

/** Performs one measurement under closed-loop load. Returns `undefined` if no request was answered 2xx. */
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
