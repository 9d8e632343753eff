/** Work that is ended when its time is over. */
export interface TimedWork extends Slotted {
  /** In the time of the watch's `now`. */
  readonly endsAt: number;
  onTimeout(): void;
}

export interface DeadlineWatchOptions {
  /** Milliseconds, from any origin. */
  readonly now: () => number;
  readonly intervalMs: number;
  /** Runs after each sweep while there is work. @param expired how many were ended in this sweep */
  readonly onSweep?: (expired: number) => void;
}

/** One long pause of the process does not mean that the next sweep will be as late. */
const maxLookAheadMs = 1_000;

/**
 * One timer for all work. Nearly all work ends long before its deadline, and setting and clearing a timer for each cost
 * more than the work. The timer is off while there is no work.
 *
 * A sweep ends the work that would be late at the next sweep. That one is expected after one interval, or after as much
 * time as lay between the last two, if a process that waits for the processor took longer.
 */
export class DeadlineWatch<T extends TimedWork> {
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

  /** In no order. `visit` may remove the work that it gets. */
  forEach(visit: (work: T) => void): void {
    this.#watched.forEach(visit);
  }

  #sweep(): void {
    const { now, intervalMs, onSweep } = this.#options;
    const startedAt = now();
    const sinceLastMs = startedAt - this.#lastSweepAt;
    this.#lastSweepAt = startedAt;
    const horizon = startedAt + Math.min(Math.max(intervalMs, sinceLastMs), maxLookAheadMs);
    let expired = 0;
    this.#watched.forEach((work) => {
      if (work.endsAt <= horizon) {
        expired += 1;
        this.#watched.remove(work);
        work.onTimeout();
      }
    });
    onSweep?.(expired);
    if (this.#watched.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

/** An item that knows its place in its `SlotList`. It may be in one list only. */
export interface Slotted {
  /** Set by the list. */
  slot: number;
}

/** The place of an item that is in no list. */
export const noSlot = -1;

/**
 * Items in no order, quick to add, to remove and to visit.
 *
 * A Set hashes each item, and rehashes its table after every few hundred items that are added and removed. That showed in
 * profiles of single deliveries.
 */
export class SlotList<T extends Slotted> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** Does nothing when the item is not in the list. */
  remove(item: T): void {
    const { slot } = item;
    if (slot === noSlot) {
      return;
    }
    item.slot = noSlot;
    const last = this.#items.pop() as T;
    if (last !== item) {
      last.slot = slot;
      this.#items[slot] = last;
    }
  }

  /** Goes from the last to the first, so `visit` may remove the item that it gets. */
  forEach(visit: (item: T) => void): void {
    for (let slot = this.#items.length - 1; slot >= 0; slot -= 1) {
      visit(this.#items[slot] as T);
    }
  }
}
