import type { Clock } from '../runtime/clock.ts';
import { SlotList } from '../runtime/slot-list.ts';
import { PendingAppend } from './pending-append.ts';
import { SinkError } from './sink-error.ts';

/** How much earlier than its deadline an append may be given up. */
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

/** Keeps deadlines with one timer for all appends, which stands still while nothing is pending. */
export function createPendingAppends({ clock, onSweep }: PendingAppendsDeps): PendingAppends {
  const pending = new SlotList<PendingAppend>();
  let timer: NodeJS.Timeout | undefined;
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

  function sweep(): void {
    // The next sweep would come too late for these.
    const horizon = clock.now() + sweepIntervalMs;
    let expired = 0;
    pending.forEach((append) => {
      if (append.deadline <= horizon) {
        expired += 1;
        append.fail(new SinkError('sink_timeout', 'The records were not acknowledged before the deadline.'));
      }
    });
    onSweep(expired);
    if (pending.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  return {
    get size() {
      return pending.size;
    },
    add(recordCount, deadline) {
      const append = new PendingAppend(recordCount, deadline, onSettle);
      pending.add(append);
      timer ??= setInterval(sweep, sweepIntervalMs);
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
