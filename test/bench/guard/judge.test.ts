import { describe, expect, test } from 'vitest';
import { findRegressions } from './judge.ts';

const stored = { singles: { cpuToBare: 3, kbAllocated: 30 }, batches: { cpuToBare: 20, kbAllocated: 4_000 } };
const margins = { cpuToBare: 1.5, kbAllocated: 1.1 };

describe('findRegressions', () => {
  test('takes what is better, equal, or within the margins', () => {
    expect(findRegressions(stored, stored, margins)).toEqual([]);
    const within = { ...stored, singles: { cpuToBare: 4.4, kbAllocated: 20 } };
    expect(findRegressions(within, stored, margins)).toEqual([]);
  });

  test('names each figure over its margin', () => {
    const worse = { singles: { cpuToBare: 4.6, kbAllocated: 34 }, batches: stored.batches };
    expect(findRegressions(worse, stored, margins)).toEqual([
      'singles: cpuToBare is 4.6, more than 1.5 times 3',
      'singles: kbAllocated is 34, more than 1.1 times 30',
    ]);
  });

  test('does not take a figure that was not measured', () => {
    expect(findRegressions({ singles: stored.singles }, stored, margins)).toHaveLength(2);
    const nothing = { ...stored, singles: { cpuToBare: Number.NaN, kbAllocated: 1 } };
    expect(findRegressions(nothing, stored, margins)).toHaveLength(1);
  });
});
