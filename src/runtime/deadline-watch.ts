/** Work that is aborted when its deadline expires. */
export interface DeadlineItem extends SlotListItem {
  /** Deadline, measured by the same clock as `now` of the `DeadlineWatch`. */
  readonly endsAt: number;
  onTimeout(): void;
}

export interface DeadlineWatchOptions {
  /** Returns the monotonic time in milliseconds, from an arbitrary origin. */
  readonly now: () => number;
  readonly intervalMs: number;
  /**
   * Runs after each sweep while there is work.
   *
   * @param expired the number of work items that this sweep aborted
   */
  readonly onSweep?: (expired: number) => void;
}

/**
 * Maximum time that a sweep looks ahead. After one long pause of the process, the next sweep is not expected to be
 * equally late.
 */
const maxLookAheadMs = 1_000;

/**
 * Enforces deadlines with one timer for all work items. Nearly all work ends long before its deadline, and a timer per
 * work item would cost more than the work. The timer is off while no work is in flight.
 *
 * A sweep aborts the work whose deadline expires before the next sweep. The next sweep is expected after one interval, or
 * after the time between the last two sweeps, if a shortage of CPU made it longer.
 */
export class DeadlineWatch<T extends DeadlineItem> {
  readonly #options: DeadlineWatchOptions;
  readonly #watched = new SlotList<T>();
  #timer: NodeJS.Timeout | undefined;
  #lastSweepAt = 0;

  constructor(options: DeadlineWatchOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#watched.size;
  }

  add(work: T): void {
    this.#watched.add(work);
    if (this.#timer === undefined) {
      const { now, intervalMs } = this.#options;
      this.#timer = setInterval(() => this.#sweep(), intervalMs);
      this.#lastSweepAt = now();
    }
  }

  remove(work: T): void {
    this.#watched.remove(work);
  }

  /** Visits all work items in arbitrary order. `visit` may remove the item that it gets. */
  forEach(visit: (work: T) => void): void {
    this.#watched.forEach(visit);
  }

  #sweep(): void {
    const { now, intervalMs, onSweep } = this.#options;
    const startedAt = now();
    const sinceLastSweepMs = startedAt - this.#lastSweepAt;
    this.#lastSweepAt = startedAt;
    const sweepHorizon = startedAt + Math.min(Math.max(intervalMs, sinceLastSweepMs), maxLookAheadMs);
    let expiredCount = 0;
    this.#watched.forEach((work) => {
      if (work.endsAt <= sweepHorizon) {
        expiredCount += 1;
        this.#watched.remove(work);
        work.onTimeout();
      }
    });
    onSweep?.(expiredCount);
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

/** An item that stores its index in a `SlotList`. An item may be in only one list. */
export interface SlotListItem {
  /** Slot of the item. Only the list sets this number. */
  slot: number;
}

/** Slot number of an item that is not in any list. */
export const noSlot = -1;

/**
 * An unordered collection that adds, removes and visits items in constant time each.
 *
 * A Set hashes each item, and rehashes its table after every few hundred additions and removals. This cost was visible
 * in profiles of deliveries with one event.
 */
export class SlotList<T extends SlotListItem> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** Removes the item. Does nothing if the item is not in the list. */
  remove(item: T): void {
    const { slot } = item;
    if (slot === noSlot) {
      return;
    }
    item.slot = noSlot;
    const lastItem = this.#items.pop() as T;
    if (lastItem !== item) {
      lastItem.slot = slot;
      this.#items[slot] = lastItem;
    }
  }

  /** Visits the items from last to first, so that `visit` may remove the item that it gets. */
  forEach(visit: (item: T) => void): void {
    for (let slot = this.#items.length - 1; slot >= 0; slot -= 1) {
      visit(this.#items[slot] as T);
    }
  }
}
