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
  let due: T[] = [];
  /** Index of the first item that is not taken. A Set would visit every item that was deleted before it. */
  let head = 0;
  return {
    get size() {
      return waiting.size + due.length - head;
    },
    add(item, delayMs) {
      const becomeDue = () => {
        waiting.delete(item);
        due.push(item);
        onDue();
      };
      waiting.set(item, setTimeout(becomeDue, delayMs));
    },
    take() {
      if (head === due.length) {
        return undefined;
      }
      const item = due[head];
      head += 1;
      if (head * 2 > due.length) {
        due = due.slice(head);
        head = 0;
      }
      return item;
    },
    drain() {
      waiting.forEach(clearTimeout);
      const items = [...due.slice(head), ...waiting.keys()];
      due = [];
      head = 0;
      waiting.clear();
      return items;
    },
  };
}
