import { cpuSeconds, residentMib } from './process-counters.ts';
import { runLoad } from './run-load.ts';
import type { RunningVariant } from './variants.ts';

export interface Sample {
  readonly requestsPerSecond: number;
  /** CPU time of the measured process per request, user and system. */
  readonly cpuUsPerRequest: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMib: number;
}

export interface LoadShape {
  readonly bodies: string;
  readonly connections: number;
  readonly seconds: number;
}

/** One measurement under closed-loop load. An answer that is not 2xx, or none, makes it worthless: it throws. */
export async function measure(variant: RunningVariant, shape: LoadShape): Promise<Sample> {
  const cpuBefore = cpuSeconds(variant.pid);
  const { requests, durationUs, failures, p50Us, p99Us } = await runLoad({ url: variant.url, ...shape });
  const cpu = cpuSeconds(variant.pid) - cpuBefore;
  if (failures > 0 || requests === 0) {
    throw new Error(`${variant.name}: ${failures} of ${requests} requests failed`);
  }
  return {
    requestsPerSecond: requests / (durationUs / 1e6),
    cpuUsPerRequest: (cpu * 1e6) / requests,
    p50Ms: p50Us / 1000,
    p99Ms: p99Us / 1000,
    residentMib: residentMib(variant.pid),
  };
}
