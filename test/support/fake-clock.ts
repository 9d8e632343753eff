import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that the test advances. Its two times are unrelated. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  /** Changes the system clock, forward or back, without any time passing. */
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
