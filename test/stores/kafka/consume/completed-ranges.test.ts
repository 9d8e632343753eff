import { array, assert, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCompletedRanges } from '../../../../src/stores/kafka/consume/completed-ranges.ts';

describe('createCompletedRanges', () => {
  test('knows what is done, whatever the order, also after it was written down and read again', () => {
    assert(
      property(nat(20), array(nat(60)), (base, offsets) => {
        const ranges = createCompletedRanges(base);
        for (const offset of offsets) {
          ranges.add(offset);
        }
        const again = createCompletedRanges(ranges.base, ranges.encode(4_000).text);
        for (let offset = 0; offset < 70; offset += 1) {
          const isDone = offset < base || offsets.includes(offset);
          expect(ranges.has(offset)).toBe(isDone);
          expect(again.has(offset)).toBe(isDone);
        }
        expect(ranges.has(ranges.base)).toBe(false);
        expect(ranges.has(ranges.base - 1) || ranges.base === 0).toBe(true);
      }),
    );
  });

  test('writes ranges as gaps and lengths', () => {
    const ranges = createCompletedRanges(10);
    for (const offset of [12, 13, 50, 10]) {
      ranges.add(offset);
    }
    const text = 'done:1.2,10.1';
    expect([ranges.base, ranges.encode(text.length)]).toEqual([11, { text, skippedCount: 0 }]);
    expect(ranges.encode(text.length - 1)).toEqual({ text: 'done:1.2', skippedCount: 1 });
  });

  test('says how many offsets it skips when the text gets too long', () => {
    const ranges = createCompletedRanges(0);
    for (let offset = 1; offset < 4_000; offset += 2) {
      ranges.add(offset);
    }
    const { text, skippedCount } = ranges.encode(1_000);
    expect(text.length).toBeLessThanOrEqual(1_000);
    const again = createCompletedRanges(0, text);
    const known = Array.from({ length: 4_000 }, (_unused, offset) => again.has(offset)).filter(
      Boolean,
    ).length;
    expect(known).toBe(2_000 - skippedCount);
    expect(skippedCount).toBeGreaterThan(0);
  });

  test('counts what is no longer there as done', () => {
    const ranges = createCompletedRanges(5, 'done:5.5,5.5');
    ranges.raise(12);
    expect(ranges.base).toBe(15);
    ranges.raise(16);
    expect([ranges.base, ranges.encode(100).text]).toEqual([16, 'done:4.5']);
  });

  test.each(['', 'something else', 'done:', 'done:?.?', 'done:0.3', 'done:5.0', 'done:5.-1'])(
    'takes %j for nothing',
    (text) => {
      expect(createCompletedRanges(3, text).encode(100)).toEqual({ text: 'done:', skippedCount: 0 });
    },
  );
});
