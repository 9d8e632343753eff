import { describe, expect, test } from 'vitest';
import { findRegressions, inEveryAttempt } from './judge.ts';

const stored = { singles: { cpuToGo: 3, kbAllocated: 30 }, batches: { cpuToGo: 20, kbAllocated: 4_000 } };
const margins = { cpuToGo: 1.5, cpuToGoUnsteady: 2, steadySpread: 1.4, kbAllocated: 1.1 };
const goSpread = 1.1;
const same = { singles: { ...stored.singles, goSpread }, batches: { ...stored.batches, goSpread } };
const linesOf = (measured: Parameters<typeof findRegressions>[0]) =>
  findRegressions(measured, stored, margins).map(({ line }) => line);

describe('findRegressions', () => {
  test('takes what is better, equal, or within the margins', () => {
    expect(linesOf(same)).toEqual([]);
    expect(linesOf({ ...same, singles: { cpuToGo: 4.4, kbAllocated: 20, goSpread } })).toEqual([]);
  });

  test('names each figure over its margin', () => {
    expect(linesOf({ ...same, singles: { cpuToGo: 4.6, kbAllocated: 34, goSpread } })).toEqual([
      'singles: cpuToGo is 4.6, more than 1.5 times 3',
      'singles: kbAllocated is 34, more than 1.1 times 30',
    ]);
  });

  test('allows CPU time more, and allocations as much, when the cost of the Go peer itself varied', () => {
    const unsteady = { kbAllocated: 34, goSpread: 1.5 };
    expect(linesOf({ ...same, singles: { cpuToGo: 5.9, ...unsteady } })).toEqual([
      'singles: kbAllocated is 34, more than 1.1 times 30',
    ]);
    expect(linesOf({ ...same, singles: { cpuToGo: 6.1, ...unsteady } })).toHaveLength(2);
  });

  test('does not take a figure that was not measured', () => {
    expect(linesOf({ singles: same.singles })).toHaveLength(2);
    const nothing = { cpuToGo: Number.NaN, kbAllocated: 1, goSpread: Number.NaN };
    expect(linesOf({ ...same, singles: nothing })).toHaveLength(1);
  });
});

describe('inEveryAttempt', () => {
  const over = (cpuToGo: number, kbAllocated = 1) =>
    findRegressions({ ...same, singles: { cpuToGo, kbAllocated, goSpread } }, stored, margins);

  test('keeps what every attempt was over, as the last one measured it', () => {
    expect(inEveryAttempt([over(5), over(7), over(6)])).toEqual(over(6));
  });

  test('drops what one attempt was within', () => {
    expect(inEveryAttempt([over(5, 40), over(3, 40), over(5, 40)])).toEqual(over(3, 40));
    expect(inEveryAttempt([over(5), over(3)])).toEqual([]);
    expect(inEveryAttempt([over(3), over(5)])).toEqual([]);
  });
});
