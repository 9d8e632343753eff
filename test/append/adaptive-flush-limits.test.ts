import { describe, expect, it } from 'vitest';
import { AdaptiveFlushLimits } from '../../src/append/adaptive-flush-limits.ts';

const settings = { maxFlushRecords: 1000, maxFlushBytes: 900_000 };

describe('AdaptiveFlushLimits', () => {
  it('shrinks requests from the second disconnect in a row on, and no further than to one record', () => {
    const limits = new AdaptiveFlushLimits(settings);
    const seen = [];
    for (let i = 0; i < 5; i += 1) {
      seen.push(Math.ceil(limits.get().maxRecords));
      limits.update('connection');
    }
    expect(seen).toEqual([1000, 1000, 32, 1, 1]);
    expect(limits.get().maxBytes).toBeCloseTo(900_000 / 1024);
  });

  it.each([undefined, 'answer_check'] as const)(
    'takes %s as an answer: requests are large again',
    (failure) => {
      const limits = new AdaptiveFlushLimits(settings);
      limits.update('connection');
      limits.update('connection');
      limits.update(failure);
      expect(limits.get()).toEqual({ maxRecords: 1000, maxBytes: 900_000 });
    },
  );

  it('keeps the limits over a request without an answer', () => {
    const limits = new AdaptiveFlushLimits(settings);
    limits.update('connection');
    limits.update('connection');
    const before = limits.get();
    limits.update('timeout');
    expect(limits.get()).toEqual(before);
  });
});
