import type { Clock } from './clock.ts';

export interface LogLimit {
  /** Allows one more line, with the number of lines left out since the last one; `undefined` when it must be left out. */
  take(): { readonly suppressed: number } | undefined;
}

/** A limit for lines that anyone can cause. The lines over it are counted. */
export function createLogLimit(clock: Clock, linesPerSecond: number): LogLimit {
  let second = 0;
  let lines = 0;
  let suppressed = 0;
  return {
    take() {
      const now = Math.floor(clock.now() / 1000);
      if (now !== second) {
        second = now;
        lines = 0;
      }
      lines += 1;
      if (lines > linesPerSecond) {
        suppressed += 1;
        return undefined;
      }
      const allowed = { suppressed };
      suppressed = 0;
      return allowed;
    },
  };
}
