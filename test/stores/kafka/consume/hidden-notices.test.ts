import { expect, onTestFinished, test, vi } from 'vitest';
import { HiddenNotices } from '../../../../src/stores/kafka/consume/hidden-notices.ts';

function setUp() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  vi.advanceTimersByTime(60_000);
  const told: string[] = [];
  const notices = new HiddenNotices((text) => void told.push(text.replace(/(?<=since offset \d+) .*/, '')));
  return {
    told,
    see: (lastStableOffset: number, highWatermark: number, partition = 0) =>
      notices.see({ topic: 't', partition }, { lastStableOffset, highWatermark } as never),
  };
}

const isOpen = 'Not all is shown. t/0: a transaction that is open since offset 5';
const hasEnded = 't/0: the transaction that was open since offset 5';

test('a transaction that stays open is told once, and so is its end', () => {
  const { told, see } = setUp();
  for (let second = 0; second < 10; second += 1) {
    see(5, 8 + second);
    vi.advanceTimersByTime(1_000);
  }
  expect(told).toEqual([isOpen]);
  see(20, 20);
  see(20, 20);
  expect(told).toEqual([isOpen, hasEnded]);
});

test('its end is told when another one is open behind it, which is told in its own time', () => {
  const { told, see } = setUp();
  see(5, 8);
  vi.advanceTimersByTime(3_000);
  see(5, 8);
  see(7, 9);
  expect(told).toEqual([isOpen, hasEnded]);
  vi.advanceTimersByTime(3_000);
  see(7, 9);
  expect(told.at(-1)).toBe('Not all is shown. t/0: a transaction that is open since offset 7');
});

test('transactions that last a moment are not told, nor those of another partition taken for one', () => {
  const { told, see } = setUp();
  for (let second = 0; second < 10; second += 1) {
    see(5 + second, 8 + second);
    see(5, 5, 1);
    vi.advanceTimersByTime(2_000);
  }
  vi.advanceTimersByTime(3_000);
  see(14, 14);
  vi.advanceTimersByTime(3_000);
  see(14, 20);
  expect(told).toEqual([]);
});
