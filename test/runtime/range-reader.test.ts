import { expect, test } from 'vitest';
import {
  EmptyReadTimeout,
  isLessThan,
  RangeReader,
  UnreadRangeError,
} from '../../src/runtime/range-reader.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { inVirtualTime } from '../support/in-virtual-time.ts';

test('a range ends where something was read, also behind its end, and not before', () => {
  const range = new RangeReader({ from: 3, end: 10 }, isLessThan);
  expect([range.at, range.isAtEnd]).toEqual([3, false]);
  expect(range.readTo(3)).toBe(false);
  expect(range.isAtEnd).toBe(false);
  expect(range.readTo(9)).toBe(true);
  expect([range.at, range.isAtEnd]).toEqual([9, false]);
  expect(range.readTo(5)).toBe(false);
  expect(range.at).toBe(9);
  expect(range.readTo(14)).toBe(true);
  expect(range.isAtEnd).toBe(true);
});

test('an empty range is at its end', () => {
  expect(new RangeReader({ from: 3, end: 3 }, isLessThan).isAtEnd).toBe(true);
});

test('a store that gives nothing is asked again for a minute since it gave something', async () => {
  const clock = createFakeClock();
  const patience = new EmptyReadTimeout({ clock, advice: 'Wait longer' });
  const wait = () => patience.wait(() => 'events/0 from offset 3 to 10');
  clock.advance(59_000);
  await wait();
  patience.progressed();
  clock.advance(59_999);
  await wait();
  clock.advance(1);
  await expect(wait()).rejects.toThrow(
    new UnreadRangeError(
      'Cannot read events/0 from offset 3 to 10: the store has returned nothing for 60 s. Wait longer',
    ),
  );
  patience.progressed();
  await wait();
});

test('a store that answers at once is not asked in a tight loop, one that takes its time is asked at once', () =>
  inVirtualTime(async () => {
    const clock = createFakeClock();
    const patience = new EmptyReadTimeout({ clock, advice: '' });
    const measure = async () => {
      const startedAt = performance.now();
      await patience.wait(() => '');
      return performance.now() - startedAt;
    };
    const waits: number[] = [];
    for (let asked = 0; asked < 8; asked += 1) {
      waits.push(await measure());
    }
    expect(waits).toEqual([0, 20, 40, 80, 160, 320, 500, 500]);
    clock.advance(500);
    expect(await measure()).toBe(0);
    patience.progressed();
    expect(await measure()).toBe(10);
  }));
