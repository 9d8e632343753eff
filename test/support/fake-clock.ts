import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that the test advances. Its system time and its monotonic time are unrelated. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  /** Changes the system time, forward or back, without advancing the monotonic time. */
  step(ms: number): void;
}

export function createFakeClock(startEpochMs = Date.UTC(2026, 0, 1)): FakeClock {
  let now = 1_000_000;
  let epochMs = startEpochMs;
  return {
    now: () => now,
    epochMs: () => epochMs,
    advance(ms) {
      now += ms;
      epochMs += ms;
    },
    step(ms) {
      epochMs += ms;
    },
  };
}
