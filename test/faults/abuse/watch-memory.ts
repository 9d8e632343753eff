import { readFile } from 'node:fs/promises';

export interface MemoryFigures {
  readonly startMib: number;
  readonly peakMib: number;
  readonly endMib: number;
  /** Means of the last two quarters of the time. */
  readonly thirdQuarterMib: number;
  readonly lastQuarterMib: number;
}

const sampleMs = 200;

/** Resident memory of another process, as the kernel counts it. */
export async function watchMemory(pid: number): Promise<() => Promise<MemoryFigures>> {
  const samples = [await residentMib(pid)];
  const timer = setInterval(() => {
    residentMib(pid).then(
      (mib) => samples.push(mib),
      () => undefined,
    );
  }, sampleMs);
  return async () => {
    clearInterval(timer);
    samples.push(await residentMib(pid));
    const quarter = Math.ceil(samples.length / 4);
    return {
      startMib: samples[0] ?? 0,
      peakMib: Math.max(...samples),
      endMib: samples.at(-1) ?? 0,
      thirdQuarterMib: mean(samples.slice(-2 * quarter, -quarter)),
      lastQuarterMib: mean(samples.slice(-quarter)),
    };
  };
}

async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
