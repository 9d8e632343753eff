import type { TrafficLog } from './traffic-log.ts';

const tickMs = 20;
const stallMs = 100;

/**
 * Notes when this process itself did not run (a busy machine): an answer that waited in its own socket buffer
 * meanwhile was not late for that.
 */
export function watchStalls(log: TrafficLog): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > stallMs) {
      log.stalls.push({ from: last, to: now });
    }
    last = now;
  }, tickMs);
  return () => clearInterval(timer);
}

/** How much of this time the process stood still, in milliseconds. */
export function stalledMs(log: TrafficLog, from: number, to: number): number {
  return log.stalls.reduce(
    (sum, stall) => sum + Math.max(0, Math.min(stall.to, to) - Math.max(stall.from, from)),
    0,
  );
}
