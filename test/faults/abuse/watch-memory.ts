import { residentMib } from '../../support/process-counters.ts';

const sampleMs = 200;

export type MemoryFigures = ReturnType<ReturnType<typeof watchMemory>>;

/** Samples the resident memory of a different process, as the kernel reports it. */
export function watchMemory(pid: number) {
  const samples = [residentMib(pid)];
  const timer = setInterval(() => {
    try {
      samples.push(residentMib(pid));
    } catch {
      // The process has ended, which the round detects in another way.
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
      /** Average memory in the third and in the fourth quarter of the observed period. */
      thirdQuarterMib: mean(samples.slice(-2 * quarter, -quarter)),
      lastQuarterMib: mean(samples.slice(-quarter)),
    };
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
