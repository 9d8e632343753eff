import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { untilAborted } from '../../src/runtime/until-aborted.ts';

test('gives what an iteration gives, and closes it', async () => {
  let closed = false;
  async function* numbers() {
    try {
      yield 1;
      yield 2;
      yield 3;
    } finally {
      await Promise.resolve();
      closed = true;
    }
  }
  const given: number[] = [];
  const { signal } = new AbortController();
  for await (const number of untilAborted(numbers(), signal)) {
    given.push(number);
    if (number === 2) {
      break;
    }
  }
  expect([given, closed]).toEqual([[1, 2], true]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('ends at the signal, also while the next value never comes', async () => {
  const stop = new AbortController();
  async function* hanging() {
    yield 1;
    await new Promise(() => {});
  }
  const given: number[] = [];
  setTimeout(() => stop.abort(), 20);
  for await (const number of untilAborted(hanging(), stop.signal)) {
    given.push(number);
  }
  expect(given).toEqual([1]);
});

test('passes an error on, and drops one that comes after the signal', async () => {
  async function* failing(ms: number): AsyncGenerator<number> {
    yield await new Promise<number>((_, reject) => setTimeout(() => reject(new Error('too late')), ms));
  }
  const read = async (signal: AbortSignal) => {
    for await (const _ of untilAborted(failing(20), signal)) {
      // The iterator never yields a value.
    }
  };
  await expect(read(new AbortController().signal)).rejects.toThrow('too late');
  await read(AbortSignal.timeout(1));
  await new Promise((resolve) => setTimeout(resolve, 40));
});
