import { residentMib } from '../../support/process-counters.ts';

const sampleMs = 200;

export type MemoryFigures = ReturnType<ReturnType<typeof watchMemory>>;

/** Resident memory of another process, as the kernel counts it. */
export function watchMemory(pid: number) {
  const samples = [residentMib(pid)];
  const timer = setInterval(() => {
    try {
      samples.push(residentMib(pid));
    } catch {
      // It has ended, which the round notices by itself.
    }
  }, sampleMs);
  return () => {
    clearInterval(timer);
    samples.push(residentMib(pid));
    const quarter = Math.ceil(samples.length / 4);
    return {
      startMib: samples[0] ?? 0,
      peakMib: Math.max(...samples),
      endMib: samples.at(-1) ?? 0,
      /** Means of the last two quarters of the time. */
      thirdQuarterMib: mean(samples.slice(-2 * quarter, -quarter)),
      lastQuarterMib: mean(samples.slice(-quarter)),
    };
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
