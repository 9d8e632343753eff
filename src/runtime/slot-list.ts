/** Something that knows its place in the one `SlotList` that it is in. */
export interface Slotted {
  /** Set by the list. */
  slot: number;
}

/** The place of what is in no list. */
export const noSlot = -1;

/**
 * What is under way, in no order: entered, left and looked through at all times.
 *
 * Not a Set: that one hashes each item and rehashes its table every few hundred times that something enters and leaves,
 * which showed in profiles of single deliveries.
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

  /** From the last to the first, so that `visit` may remove the item that it is given. */
  forEach(visit: (item: T) => void): void {
    for (let slot = this.#items.length - 1; slot >= 0; slot -= 1) {
      visit(this.#items[slot] as T);
    }
  }
}
