import type { Clock } from '../runtime/clock.ts';
import { createDeadlineWatch } from '../runtime/deadline-watch.ts';
import { PendingAppend } from './pending-append.ts';

const sweepIntervalMs = 25;

export interface PendingAppends {
  readonly size: number;
  add(recordCount: number, deadline: number): PendingAppend;
  /** Resolves when none is left. */
  drained(): Promise<void>;
}

interface PendingAppendsDeps {
  readonly clock: Clock;
  /** Runs after each sweep while appends are pending. @param expired how many were given up in this sweep. */
  readonly onSweep: (expired: number) => void;
}

/** The appends that are not settled yet, each with a deadline. */
export function createPendingAppends({ clock, onSweep }: PendingAppendsDeps): PendingAppends {
  const pending = createDeadlineWatch<PendingAppend>({
    now: () => clock.now(),
    intervalMs: sweepIntervalMs,
    onSweep,
  });
  let waiting: (() => void)[] = [];

  function onSettle(append: PendingAppend): void {
    pending.remove(append);
    if (pending.size === 0 && waiting.length > 0) {
      for (const resolve of waiting) {
        resolve();
      }
      waiting = [];
    }
  }

  return {
    get size() {
      return pending.size;
    },
    add(recordCount, deadline) {
      const append = new PendingAppend(recordCount, deadline, onSettle);
      pending.add(append);
      return append;
    },
    drained() {
      return pending.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          });
    },
  };
}
