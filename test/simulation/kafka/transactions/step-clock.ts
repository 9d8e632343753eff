import { createClock } from '@sinonjs/fake-timers';

/** Time for tests of a model by itself. */
export function createStepClock() {
  const clock = createClock();
  return {
    after(ms: number, run: () => void) {
      const timer = clock.setTimeout(run, ms);
      return () => clock.clearTimeout(timer);
    },
    /** Runs what is due up to that moment. */
    run: (untilMs: number) => void clock.tick(untilMs - clock.now),
  };
}
