import { systemClock } from '../../src/runtime/clock.ts';

/** A deadline for an append, from now. */
export function deadlineIn(ms: number): number {
  return systemClock.now() + ms;
}
