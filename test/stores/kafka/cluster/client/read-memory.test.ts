import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdWhileUsed, ReadMemory } from '../../../../../src/stores/kafka/cluster/client/read-memory.ts';

/** Whether it has resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);
}

test('who reads waits until there is room, in the order in which they came', async () => {
  const memory = new ReadMemory(100);
  const [a, b, c] = [memory.open(), memory.open(), memory.open()];
  await a.take(60);
  const second = b.take(60);
  const third = c.take(10);
  expect(await isDone(second)).toBe(false);
  expect(await isDone(third)).toBe(false);
  a.hold(5, 20);
  await Promise.all([second, third]);
  expect(memory.heldBytes).toBe(90);
});

test('what was read counts with its real bytes until its offsets are done', async () => {
  const memory = new ReadMemory(100);
  const reader = memory.open();
  await reader.take(10);
  reader.hold(5, 70);
  await reader.take(10);
  reader.hold(9, 20);
  expect(memory.heldBytes).toBe(90);
  reader.done(8);
  expect(memory.heldBytes).toBe(20);
  reader.done(9);
  expect(memory.heldBytes).toBe(0);
});

test('more than there is at all is given to one alone, when nobody else holds anything', async () => {
  const memory = new ReadMemory(100);
  const [a, b, c] = [memory.open(), memory.open(), memory.open()];
  await a.take(1);
  const large = b.take(Number.POSITIVE_INFINITY);
  const after = c.take(1);
  expect(await isDone(large)).toBe(false);
  a.giveBack();
  await large;
  expect(await isDone(after)).toBe(false);
  b.hold(1, 500);
  expect(await isDone(after)).toBe(false);
  b.done(1);
  await after;
  expect(memory.heldBytes).toBe(1);
});

test('one at a time has most of it, while others hold a little', async () => {
  const memory = new ReadMemory(100);
  const [a, b, c] = [memory.open(), memory.open(), memory.open()];
  await a.take(40);
  await b.takeMost();
  const other = c.takeMost();
  expect(await isDone(other)).toBe(false);
  b.hold(1, 10);
  expect(await isDone(other)).toBe(false);
  b.done(1);
  await other;
  expect(memory.heldBytes).toBe(100);
});

test('whoever waits behind a reader that is closed goes on at once', async () => {
  const memory = new ReadMemory(100);
  const [a, b, c] = [memory.open(), memory.open(), memory.open()];
  await a.take(60);
  const refused = b.take(60).catch(() => 'closed');
  const behind = c.take(30);
  b.close();
  expect(await refused).toBe('closed');
  await behind;
  expect(memory.heldBytes).toBe(90);
});

test('a reader that is closed holds nothing, waits for nothing and takes nothing', async () => {
  const memory = new ReadMemory(100);
  const [a, b, c] = [memory.open(), memory.open(), memory.open()];
  await a.take(50);
  a.hold(1, 50);
  await a.take(50);
  const waiting = b.take(20);
  const other = c.take(20);
  b.close();
  await expect(waiting).rejects.toThrow('closed');
  a.close();
  await other;
  a.hold(2, 50);
  await expect(a.take(1)).rejects.toThrow('closed');
  expect(memory.heldBytes).toBe(20);
});

test('one that is closed in the moment in which it gets its room gives it back', async () => {
  const memory = new ReadMemory(100);
  const [a, b] = [memory.open(), memory.open()];
  await a.take(100);
  const waiting = b.take(100);
  a.giveBack();
  b.close();
  await expect(waiting).rejects.toThrow('closed');
  expect(memory.heldBytes).toBe(0);
});

test('whatever many readers do, more than the bound is held only by what turned out larger, and all is given back', async () => {
  const step = fc.record({
    reader: fc.nat(3),
    bytes: fc.integer({ min: 0, max: 150 }),
    isLate: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const memory = new ReadMemory(100);
      const readers = Array.from({ length: 4 }, () => memory.open());
      const running = readers.map(async (reader, number) => {
        for (const [at, { bytes, isLate }] of steps.filter((each) => each.reader === number).entries()) {
          await reader.take(bytes);
          expect(memory.heldBytes).toBeLessThanOrEqual(100);
          reader.hold(at, Math.floor(bytes / 2));
          if (isLate) {
            await Promise.resolve();
          }
          reader.done(at);
        }
      });
      await Promise.all(running);
      expect(memory.heldBytes).toBe(0);
    }),
  );
});

test('a part counts until the next one is asked for', async () => {
  const memory = new ReadMemory(100);
  const reader = memory.open();
  async function* read() {
    for (const nextOffset of [1, 2]) {
      await reader.take(30);
      reader.hold(nextOffset, 30);
      yield { nextOffset };
    }
  }
  const held: number[] = [];
  for await (const part of holdWhileUsed(reader, read())) {
    held.push(part.nextOffset, memory.heldBytes);
  }
  expect([...held, memory.heldBytes]).toEqual([1, 30, 2, 30, 0]);
});
