import { SlotList, type Slotted } from '../runtime/slot-list.ts';

/** Work that is refused when its time is over. */
export interface WatchedWork extends Slotted {
  /** As `performance.now()`. */
  readonly endsAt: number;
  onTimeout(): void;
}

export interface DeadlineWatch {
  add(work: WatchedWork): void;
  remove(work: WatchedWork): void;
  stop(): void;
}

/**
 * One timer for all work instead of one each: nearly all of it is done long before, and setting and clearing a timer cost
 * more than the work. The end is noticed up to one interval late.
 */
export function createDeadlineWatch(intervalMs: number): DeadlineWatch {
  const watched = new SlotList<WatchedWork>();

  function sweep(): void {
    const now = performance.now();
    watched.forEach((work) => {
      if (work.endsAt <= now) {
        watched.remove(work);
        work.onTimeout();
      }
    });
  }

  const timer = setInterval(sweep, intervalMs).unref();
  return {
    add: (work) => watched.add(work),
    remove: (work) => watched.remove(work),
    stop: () => clearInterval(timer),
  };
}
