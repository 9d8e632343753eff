import { SlotList, type Slotted } from './slot-list.ts';

/** Work that is given up when its time is over. */
export interface TimedWork extends Slotted {
  /** In the watch's own time. */
  readonly endsAt: number;
  onTimeout(): void;
}

export interface DeadlineWatch<T extends TimedWork> {
  readonly size: number;
  add(work: T): void;
  remove(work: T): void;
}

export interface DeadlineWatchOptions {
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly intervalMs: number;
  /** Runs after each sweep while there is work. @param expired how many were given up in this sweep. */
  readonly onSweep?: (expired: number) => void;
}

/** A process that stood still once is not slow. */
const maxLookAheadMs = 1_000;

/**
 * One timer for all work instead of one each: nearly all of it is done long before, and setting and clearing a timer cost
 * more than the work. The timer stands still while there is no work.
 *
 * A sweep gives up what would be late at the next one. That comes an interval later; in a process that waits for the
 * processor, as much later as this one came after the last.
 */
export function createDeadlineWatch<T extends TimedWork>(options: DeadlineWatchOptions): DeadlineWatch<T> {
  const { now, intervalMs, onSweep } = options;
  const watched = new SlotList<T>();
  let timer: NodeJS.Timeout | undefined;
  let lastSweepAt = 0;

  function sweep(): void {
    const startedAt = now();
    const sinceLastMs = startedAt - lastSweepAt;
    lastSweepAt = startedAt;
    const horizon = startedAt + Math.min(Math.max(intervalMs, sinceLastMs), maxLookAheadMs);
    let expired = 0;
    watched.forEach((work) => {
      if (work.endsAt <= horizon) {
        expired += 1;
        watched.remove(work);
        work.onTimeout();
      }
    });
    onSweep?.(expired);
    if (watched.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }

  return {
    get size() {
      return watched.size;
    },
    add(work) {
      watched.add(work);
      if (timer === undefined) {
        timer = setInterval(sweep, intervalMs);
        lastSweepAt = now();
      }
    },
    remove: (work) => watched.remove(work),
  };
}
