import { array, assert, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { createDueQueue } from '../../../src/provider/simulator/due-queue.ts';

test('a queue gives its items by their due time, and none before it', () => {
  assert(
    property(array(nat(100)), nat(100), (dueTimes, nowMs) => {
      const queue = createDueQueue<number>();
      for (const dueMs of dueTimes) {
        queue.add(dueMs, dueMs);
      }
      const taken: number[] = [];
      for (let item = queue.takeDue(nowMs); item !== undefined; item = queue.takeDue(nowMs)) {
        taken.push(item);
      }
      const sorted = dueTimes.toSorted((a, b) => a - b);
      expect(taken).toEqual(sorted.filter((dueMs) => dueMs <= nowMs));
      expect(queue.nextMs()).toBe(sorted[taken.length]);
      expect(queue.size).toBe(dueTimes.length - taken.length);
    }),
  );
});
