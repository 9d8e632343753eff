import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that stands still until it is told otherwise. Its two times have nothing in common. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  /** Somebody sets the machine's clock forward, or back: no time passes. */
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
