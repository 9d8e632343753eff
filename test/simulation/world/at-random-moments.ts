import type { World } from './world.ts';

/** Runs it now and again until then: mostly within a moment, one time in ten after a pause. */
export function runAtRandomMoments({ random, now, after }: World, untilMs: number, run: () => void): void {
  const next = (): void => {
    if (now() < untilMs) {
      run();
      after(random.chance(0.1) ? random.between(1_000, 4_000) : random.between(5, 600), next);
    }
  };
  next();
}
