import type { Clock } from './clock.ts';

export interface LogLimit {
  /** Whether one more line may be written; with how many were left out since the last one. */
  take(): { readonly suppressed: number } | undefined;
}

/** For lines that anyone can cause: so many a second, the others are counted. */
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
