import * as fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import {
  type DeadlineItem,
  DeadlineWatch,
  noSlot,
  SlotList,
  type SlotListItem,
} from '../../src/runtime/deadline-watch.ts';
import { useFakeTimers } from '../support/fake-timers.ts';

const intervalMs = 25;

function createWork(endsAt: number) {
  const timedOutAt: number[] = [];
  const work: DeadlineItem = { slot: noSlot, endsAt, onTimeout: () => timedOutAt.push(Date.now()) };
  return { work, timedOutAt };
}

describe('the watch of deadlines', () => {
  useFakeTimers();

  test('visits all work, which may be removed meanwhile', () => {
    const watch = new DeadlineWatch({ now: Date.now, intervalMs });
    const works = [1, 2, 3].map((seconds) => createWork(Date.now() + 1_000 * seconds).work);
    works.forEach((work) => {
      watch.add(work);
    });
    const visited: unknown[] = [];
    watch.forEach((work) => {
      visited.push(work);
      watch.remove(work);
    });
    expect(new Set(visited)).toEqual(new Set(works));
    expect(watch.size).toBe(0);
  });

  test('gives work up by its end, and no more than two sweeps before', async () => {
    const watch = new DeadlineWatch({ now: Date.now, intervalMs });
    const endsAt = Date.now() + 1_000;
    const { work, timedOutAt } = createWork(endsAt);
    watch.add(work);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(timedOutAt).toHaveLength(1);
    expect(timedOutAt[0]).toBeLessThanOrEqual(endsAt);
    expect(timedOutAt[0]).toBeGreaterThan(endsAt - 2 * intervalMs);
  });

  test('gives up earlier in a process whose sweeps come late', async () => {
    const startedAt = Date.now();
    let now = startedAt;
    const swept: number[] = [];
    const watch = new DeadlineWatch({ now: () => now, intervalMs, onSweep: (ended) => swept.push(ended) });
    const [soon, later] = [createWork(startedAt + 790), createWork(startedAt + 5_000)];
    watch.add(soon.work);
    watch.add(later.work);
    now += 400;
    await vi.advanceTimersByTimeAsync(2 * intervalMs);
    expect([soon.timedOutAt.length, later.timedOutAt.length]).toEqual([1, 0]);
    expect(swept).toEqual([1, 0]);
  });

  test('does not give up everything because the process once stood still', async () => {
    const startedAt = Date.now();
    let now = startedAt;
    const watch = new DeadlineWatch({ now: () => now, intervalMs });
    // The watch looks at most one second ahead.
    const [soon, later] = [createWork(startedAt + 21_000), createWork(startedAt + 21_001)];
    watch.add(soon.work);
    watch.add(later.work);
    now += 20_000;
    await vi.advanceTimersByTimeAsync(intervalMs);
    expect([soon.timedOutAt.length, later.timedOutAt.length]).toEqual([1, 0]);
  });

  test('has no timer while there is no work, and one again for the next; keeps no work that is done', async () => {
    const watch = new DeadlineWatch({ now: Date.now, intervalMs });
    const { work, timedOutAt } = createWork(Date.now() + 100);
    expect(vi.getTimerCount()).toBe(0);
    watch.add(work);
    watch.remove(work);
    expect(watch.size).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(timedOutAt).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    watch.add(work);
    await vi.advanceTimersByTimeAsync(intervalMs);
    expect([timedOutAt.length, vi.getTimerCount()]).toEqual([1, 0]);
  });
});

describe('slot list', () => {
  it('holds what a set would hold, whatever is added and removed', () => {
    const steps = fc.array(fc.record({ item: fc.nat(3), add: fc.boolean() }), { maxLength: 30, size: 'max' });
    fc.assert(
      fc.property(steps, (given) => {
        const items: SlotListItem[] = Array.from({ length: 4 }, () => ({ slot: noSlot }));
        const list = new SlotList<SlotListItem>();
        const set = new Set<SlotListItem>();
        for (const { item: index, add } of given) {
          const item = items[index] as SlotListItem;
          if (!add) {
            list.remove(item);
            set.delete(item);
          } else if (!set.has(item)) {
            list.add(item);
            set.add(item);
          }
          const held: SlotListItem[] = [];
          list.forEach((each) => {
            held.push(each);
          });
          expect(new Set(held)).toEqual(set);
          expect(held).toHaveLength(list.size);
        }
      }),
    );
  });
});
