/** Items that wait for their time. Those whose time has come are taken in that order. */
export interface RetryQueue<T> {
  readonly size: number;
  add(item: T, delayMs: number): void;
  /** `undefined` while no time has come. */
  take(): T | undefined;
  /** Takes every item, whether its time has come or not. */
  drain(): readonly T[];
}

/** @param onDue called each time that an item can be taken */
export function createRetryQueue<T>(onDue: () => void): RetryQueue<T> {
  const waiting = new Map<T, NodeJS.Timeout>();
  const due = new Set<T>();
  return {
    get size() {
      return waiting.size + due.size;
    },
    add(item, delayMs) {
      const becomeDue = () => {
        waiting.delete(item);
        due.add(item);
        onDue();
      };
      waiting.set(item, setTimeout(becomeDue, delayMs));
    },
    take() {
      const [first] = due;
      if (first !== undefined) {
        due.delete(first);
      }
      return first;
    },
    drain() {
      waiting.forEach(clearTimeout);
      const items = [...due, ...waiting.keys()];
      due.clear();
      waiting.clear();
      return items;
    },
  };
}
