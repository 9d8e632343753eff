import type { Random } from './random.ts';
import type { startVirtualTime } from './virtual-time.ts';

type Time = Pick<ReturnType<typeof startVirtualTime>, 'now' | 'after'>;

/** Timers of the world. Timers that are due in the same millisecond run in random order. */
export function createMoments(time: Time, random: Random) {
  const due = new Map<number, (() => void)[]>();

  function runOne(atMs: number): void {
    const waiting = due.get(atMs) ?? [];
    const [run] = waiting.splice(random.int(waiting.length), 1);
    if (waiting.length === 0) {
      due.delete(atMs);
    }
    run?.();
  }

  return {
    after(ms: number, run: () => void) {
      const delayMs = Math.max(1, Math.round(ms));
      const atMs = time.now() + delayMs;
      const waiting = due.get(atMs) ?? [];
      due.set(atMs, waiting);
      waiting.push(run);
      const clear = time.after(delayMs, () => runOne(atMs));
      return () => {
        const index = waiting.indexOf(run);
        if (index !== -1) {
          waiting.splice(index, 1);
          clear();
        }
      };
    },
  };
}
