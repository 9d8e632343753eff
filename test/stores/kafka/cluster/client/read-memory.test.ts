import { setImmediate } from 'node:timers/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ReaderMemoryAllowance,
  ReadMemoryLimiter,
  releaseAfterUse,
} from '../../../../../src/stores/kafka/cluster/client/read-memory.ts';

const neverReleased = new AbortController().signal;

/** Reserves memory for a fetch that returns this number of bytes. */
const read = (reader: ReaderMemoryAllowance, nextOffset: number, bytes: number) =>
  reader.inTurn(() => reader.reserve(nextOffset, bytes));

/** Returns whether the promise has resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), setImmediate(false)]);
}

test('who reads waits while too much is held, in the order in which they came', async () => {
  const memory = new ReadMemoryLimiter(100);
  const [a, b, c] = [memory.open(neverReleased), memory.open(neverReleased), memory.open(neverReleased)];
  await read(a, 5, 120);
  const second = read(b, 1, 100);
  const third = read(c, 1, 10);
  expect([await isDone(second), await isDone(third), memory.reservedBytes]).toEqual([false, false, 120]);
  a.release(5);
  await second;
  expect([await isDone(third), memory.reservedBytes]).toEqual([false, 100]);
  b.release(1);
  await third;
  expect(memory.reservedBytes).toBe(10);
});

test('what was read counts until its offsets are done', async () => {
  const memory = new ReadMemoryLimiter(100);
  const reader = memory.open(neverReleased);
  await read(reader, 5, 70);
  await read(reader, 9, 20);
  expect(memory.reservedBytes).toBe(90);
  reader.release(8);
  expect(memory.reservedBytes).toBe(20);
  reader.release(9);
  expect(memory.reservedBytes).toBe(0);
});

test('of all that wait together only as many read as there is room for', async () => {
  const memory = new ReadMemoryLimiter(100);
  const waiting = Array.from({ length: 9 }, () => read(memory.open(neverReleased), 1, 40));
  expect(await Promise.all(waiting.map(isDone))).toEqual([true, true, true, ...Array(6).fill(false)]);
  expect(memory.reservedBytes).toBe(120);
});

test('a read that fails holds nothing, and the next one reads', async () => {
  const memory = new ReadMemoryLimiter(100);
  const failing = memory.open(neverReleased).inTurn(() => {
    throw new RangeError('damaged');
  });
  await expect(failing).rejects.toThrow('damaged');
  await read(memory.open(neverReleased), 1, 10);
  expect(memory.reservedBytes).toBe(10);
});

test('a reader whose signal aborts holds nothing, waits for nothing and reads nothing', async () => {
  const memory = new ReadMemoryLimiter(100);
  const released = Array.from({ length: 4 }, () => new AbortController());
  const [a, b, c, d] = released.map(({ signal }) => memory.open(signal)) as [
    ReaderMemoryAllowance,
    ReaderMemoryAllowance,
    ReaderMemoryAllowance,
    ReaderMemoryAllowance,
  ];
  await read(a, 1, 100);
  const waiting = read(b, 1, 20);
  const other = read(c, 1, 20);
  const behindIt = read(d, 1, 20);
  released[1]?.abort();
  released[3]?.abort();
  await Promise.all([waiting, behindIt].map((each) => expect(each).rejects.toThrow('was cancelled')));
  expect(await isDone(other)).toBe(false);
  released[0]?.abort();
  await other;
  await expect(read(a, 2, 50)).rejects.toThrow('was cancelled');
  await setImmediate();
  expect(memory.reservedBytes).toBe(20);
});

test('whatever many readers do, more than the bound is held by one part alone, and all is given back', async () => {
  const step = fc.record({
    reader: fc.nat(3),
    bytes: fc.integer({ min: 0, max: 150 }),
    isLate: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const memory = new ReadMemoryLimiter(100);
      const running = Array.from({ length: 4 }, () => memory.open(neverReleased)).map(
        async (reader, number) => {
          for (const [at, { bytes, isLate }] of steps.filter((each) => each.reader === number).entries()) {
            await reader.inTurn(() => {
              expect(memory.reservedBytes).toBeLessThan(100);
              reader.reserve(at, bytes);
            });
            if (isLate) {
              await Promise.resolve();
            }
            reader.release(at);
          }
        },
      );
      await Promise.all(running);
      expect(memory.reservedBytes).toBe(0);
    }),
  );
});

test('a part counts until the next one is requested', async () => {
  const memory = new ReadMemoryLimiter(100);
  const reader = memory.open(neverReleased);
  async function* parts() {
    for (const nextOffset of [1, 2]) {
      await read(reader, nextOffset, 30);
      yield { nextOffset };
    }
  }
  const held: number[] = [];
  for await (const part of releaseAfterUse(reader, parts())) {
    held.push(part.nextOffset, memory.reservedBytes);
  }
  expect([...held, memory.reservedBytes]).toEqual([1, 30, 2, 30, 0]);
});
