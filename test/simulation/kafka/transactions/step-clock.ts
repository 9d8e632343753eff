interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export interface StepClock {
  readonly after: (ms: number, run: () => void) => () => void;
  /** Runs what is due up to that moment. */
  run(untilMs: number): void;
}

/** Time for tests of a model by itself. */
export function createStepClock(): StepClock {
  const timers = new Set<Timer>();
  let now = 0;
  return {
    after(ms, run) {
      const timer = { atMs: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    run(untilMs) {
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs);
        if (next === undefined) {
          break;
        }
        timers.delete(next);
        now = next.atMs;
        next.run();
      }
      now = untilMs;
    },
  };
}
