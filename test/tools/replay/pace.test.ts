import { describe, expect, test } from 'vitest';
import type { PlacedRecord } from '../../../src/ports/record-reader.ts';
import { createPace, toChunks } from '../../../src/tools/replay/pace.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { toPlaced } from '../records/placed-record.ts';

describe('the rate', () => {
  test('spreads events over time, and does not make up for what was slow', async () => {
    const { signal } = new AbortController();
    const clock = createFakeClock();
    const pace = createPace(100, clock);
    expect(pace.mostAtOnce).toBe(10);
    const took = async (count: number) => {
      const startedAt = performance.now();
      await pace.wait(count, signal);
      return performance.now() - startedAt;
    };
    expect(await took(10)).toBeLessThan(50);
    expect(await took(10)).toBeGreaterThan(95);
    // Of the fake clock nothing has passed: two times ten are owed.
    expect(await took(1)).toBeGreaterThan(190);
    clock.advance(60_000);
    expect(await took(20)).toBeLessThan(50);
    expect(await took(1)).toBeGreaterThan(190);
  });

  test('of less than one event a second is kept too, and the wait ends at the signal', async () => {
    const stop = new AbortController();
    const pace = createPace(0.1, createFakeClock());
    expect(pace.mostAtOnce).toBe(1);
    await pace.wait(1, stop.signal);
    setTimeout(() => stop.abort(), 20);
    const startedAt = performance.now();
    await pace.wait(1, stop.signal);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

test('events go so many at once, and of large ones fewer, whatever batches they were read in', async () => {
  async function* read(...batches: (readonly PlacedRecord[])[]) {
    yield* batches;
  }
  const small = Array.from({ length: 5 }, () => toPlaced({}));
  async function chunk(most: number, ...batches: (readonly PlacedRecord[])[]) {
    const chunks = [];
    for await (const each of toChunks(read(...batches), most)) {
      chunks.push(each);
    }
    return chunks;
  }
  const twos = await chunk(2, small.slice(0, 1), [], small.slice(1));
  expect(twos.map(({ length }) => length)).toEqual([2, 2, 1]);
  const large = toPlaced({ value: 'x'.repeat(700_000) });
  const chunks = await chunk(1_000, [large], [large, ...small], [large]);
  expect(chunks.map(({ length }) => length)).toEqual([1, 6, 1]);
  expect(chunks.flat()).toEqual([large, large, ...small, large]);
  const half = toPlaced({ value: 'x'.repeat(512 * 1024) });
  expect((await chunk(1_000, [half, half])).map(({ length }) => length)).toEqual([2]);
  const huge = toPlaced({ value: 'x'.repeat(1024 * 1024 + 1) });
  expect((await chunk(1_000, [huge, huge])).map(({ length }) => length)).toEqual([1, 1]);
});
