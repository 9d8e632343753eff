/** Items that wait for their time. Those whose time has come are taken in that order. */
export class RetryQueue<T> {
  readonly #onDue: () => void;
  readonly #waiting = new Map<T, NodeJS.Timeout>();
  #due: T[] = [];
  /** Index of the first item that is not taken. A Set would visit every item that was deleted before it. */
  #head = 0;

  /** @param onDue called each time that an item can be taken */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#waiting.size + this.#due.length - this.#head;
  }

  add(item: T, delayMs: number): void {
    const becomeDue = () => {
      this.#waiting.delete(item);
      this.#due.push(item);
      this.#onDue();
    };
    this.#waiting.set(item, setTimeout(becomeDue, delayMs));
  }

  /** `undefined` while no time has come. */
  take(): T | undefined {
    if (this.#head === this.#due.length) {
      return undefined;
    }
    const item = this.#due[this.#head];
    this.#head += 1;
    if (this.#head * 2 > this.#due.length) {
      this.#due = this.#due.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes every item, whether its time has come or not. */
  drain(): readonly T[] {
    this.#waiting.forEach(clearTimeout);
    const items = [...this.#due.slice(this.#head), ...this.#waiting.keys()];
    this.#due = [];
    this.#head = 0;
    this.#waiting.clear();
    return items;
  }
}
