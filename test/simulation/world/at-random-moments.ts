import type { World } from './world.ts';

/**
 * Calls a function at random intervals until the given time. Intervals are usually short, but one in ten is a long
 * pause.
 */
export function runAtRandomMoments({ random, now, after }: World, untilMs: number, run: () => void): void {
  const next = (): void => {
    if (now() < untilMs) {
      run();
      after(random.chance(0.1) ? random.between(1_000, 4_000) : random.between(5, 600), next);
    }
  };
  next();
}
