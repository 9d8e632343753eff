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
