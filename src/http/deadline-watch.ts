/** Work that is refused when its time is over. */
export interface WatchedWork {
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
  const watched = new Set<WatchedWork>();

  function sweep(): void {
    const now = performance.now();
    for (const work of watched) {
      if (work.endsAt <= now) {
        watched.delete(work);
        work.onTimeout();
      }
    }
  }

  const timer = setInterval(sweep, intervalMs).unref();
  return {
    add: (work) => void watched.add(work),
    remove: (work) => void watched.delete(work),
    stop: () => clearInterval(timer),
  };
}
