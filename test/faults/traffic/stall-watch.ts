import { readFileSync } from 'node:fs';
import type { TrafficLog } from './traffic-log.ts';

const tickMs = 20;
const stallMs = 100;
const serviceTickMs = 100;
const serviceStallMs = 20;

/**
 * Records periods in which the machine did not run this process, and periods in which it did not run the service
 * although the service was runnable. A response that such a stall delays does not count as late.
 */
export function watchStalls(log: TrafficLog, servicePid: () => number): () => void {
  let last = Date.now();
  const own = setInterval(() => {
    const now = Date.now();
    if (now - last > stallMs) {
      noteStall(log, last, now);
    }
    last = now;
  }, tickMs);
  let known = { pid: 0, waitedMs: 0 };
  const service = setInterval(() => {
    const pid = servicePid();
    const waitedMs = readWaitedMs(pid);
    const sinceMs = waitedMs - known.waitedMs;
    if (pid === known.pid && sinceMs > serviceStallMs) {
      const now = Date.now();
      noteStall(log, now - sinceMs, now);
    }
    known = { pid, waitedMs };
  }, serviceTickMs);
  return () => {
    clearInterval(own);
    clearInterval(service);
  };
}

/**
 * Time for which the main thread of a process was runnable without a processor, as reported by Linux. `NaN` if the
 * process has ended.
 */
function readWaitedMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/**
 * Adds a stall and merges overlapping stalls, so that a period in which both processes were stalled counts only once.
 */
export function noteStall({ stalls }: TrafficLog, from: number, to: number): void {
  let start = from;
  for (let last = stalls.at(-1); last !== undefined && last.to >= start; last = stalls.at(-1)) {
    start = Math.min(start, last.from);
    stalls.pop();
  }
  stalls.push({ from: start, to });
}

/** Returns the number of milliseconds in this period during which the sender or the service stalled. */
export function stalledMs(log: TrafficLog, from: number, to: number): number {
  return log.stalls.reduce(
    (sum, stall) => sum + Math.max(0, Math.min(stall.to, to) - Math.max(stall.from, from)),
    0,
  );
}
