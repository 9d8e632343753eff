import { describe, expect, test } from 'vitest';
import { findRegressions, inEveryAttempt } from './judge.ts';

const stored = { singles: { cpuToBare: 3, kbAllocated: 30 }, batches: { cpuToBare: 20, kbAllocated: 4_000 } };
const margins = { cpuToBare: 1.5, cpuToBareUnsteady: 2, steadySpread: 1.4, kbAllocated: 1.1 };
const bareSpread = 1.1;
const same = { singles: { ...stored.singles, bareSpread }, batches: { ...stored.batches, bareSpread } };
const linesOf = (measured: Parameters<typeof findRegressions>[0]) =>
  findRegressions(measured, stored, margins).map(({ line }) => line);

describe('findRegressions', () => {
  test('takes what is better, equal, or within the margins', () => {
    expect(linesOf(same)).toEqual([]);
    expect(linesOf({ ...same, singles: { cpuToBare: 4.4, kbAllocated: 20, bareSpread } })).toEqual([]);
  });

  test('names each figure over its margin', () => {
    expect(linesOf({ ...same, singles: { cpuToBare: 4.6, kbAllocated: 34, bareSpread } })).toEqual([
      'singles: cpuToBare is 4.6, more than 1.5 times 3',
      'singles: kbAllocated is 34, more than 1.1 times 30',
    ]);
  });

  test('allows CPU time more, and allocations as much, when bare node:http itself came and went', () => {
    const unsteady = { kbAllocated: 34, bareSpread: 1.5 };
    expect(linesOf({ ...same, singles: { cpuToBare: 5.9, ...unsteady } })).toEqual([
      'singles: kbAllocated is 34, more than 1.1 times 30',
    ]);
    expect(linesOf({ ...same, singles: { cpuToBare: 6.1, ...unsteady } })).toHaveLength(2);
  });

  test('does not take a figure that was not measured', () => {
    expect(linesOf({ singles: same.singles })).toHaveLength(2);
    const nothing = { cpuToBare: Number.NaN, kbAllocated: 1, bareSpread: Number.NaN };
    expect(linesOf({ ...same, singles: nothing })).toHaveLength(1);
  });
});

describe('inEveryAttempt', () => {
  const over = (cpuToBare: number, kbAllocated = 1) =>
    findRegressions({ ...same, singles: { cpuToBare, kbAllocated, bareSpread } }, stored, margins);

  test('keeps what every attempt was over, as the last one measured it', () => {
    expect(inEveryAttempt([over(5), over(7), over(6)])).toEqual(over(6));
  });

  test('drops what one attempt was within', () => {
    expect(inEveryAttempt([over(5, 40), over(3, 40), over(5, 40)])).toEqual(over(3, 40));
    expect(inEveryAttempt([over(5), over(3)])).toEqual([]);
    expect(inEveryAttempt([over(3), over(5)])).toEqual([]);
  });
});
