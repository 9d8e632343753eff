import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
}

export function createFakeClock(start = 1_000_000): FakeClock {
  let now = start;
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}
