/** Items by the time at which they are due, earliest first (a binary heap). */
export interface DueQueue<T> {
  readonly size: number;
  add(dueMs: number, item: T): void;
  takeDue(nowMs: number): T | undefined;
  nextMs(): number | undefined;
}

interface Entry<T> {
  readonly dueMs: number;
  readonly item: T;
}

export function createDueQueue<T>(): DueQueue<T> {
  const heap: Entry<T>[] = [];
  const dueAt = (index: number) => heap[index]?.dueMs ?? Number.POSITIVE_INFINITY;

  function swap(a: number, b: number): void {
    [heap[a], heap[b]] = [heap[b] as Entry<T>, heap[a] as Entry<T>];
  }

  return {
    get size() {
      return heap.length;
    },
    add(dueMs, item) {
      let at = heap.push({ dueMs, item }) - 1;
      let parent = (at - 1) >> 1;
      while (at > 0 && dueAt(at) < dueAt(parent)) {
        swap(at, parent);
        at = parent;
        parent = (at - 1) >> 1;
      }
    },
    takeDue(nowMs) {
      const top = heap[0];
      if (top === undefined || top.dueMs > nowMs) {
        return undefined;
      }
      swap(0, heap.length - 1);
      heap.pop();
      let at = 0;
      for (;;) {
        const left = 2 * at + 1;
        const child = dueAt(left + 1) < dueAt(left) ? left + 1 : left;
        if (dueAt(child) >= dueAt(at)) {
          return top.item;
        }
        swap(at, child);
        at = child;
      }
    },
    nextMs: () => heap[0]?.dueMs,
  };
}
