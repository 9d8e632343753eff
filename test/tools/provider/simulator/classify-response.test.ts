import { describe, expect, test } from 'vitest';
import {
  classifyResponse,
  type PostResult,
  retryDelayMs,
} from '../../../../src/tools/provider/simulator/post-delivery.ts';

describe('judge answer', () => {
  test.each<[PostResult, ReturnType<typeof classifyResponse>]>([
    [200, 'accepted'],
    [299, 'accepted'],
    [199, 'retry'],
    [300, 'retry'],
    [400, 'status_400'],
    [401, 'status_401'],
    [403, 'retry'],
    [503, 'retry'],
    ['timeout', 'retry'],
    ['refused', 'retry'],
  ])('%s: %s', (result, verdict) => {
    expect(classifyResponse(result)).toBe(verdict);
  });
});

describe('retry schedule', () => {
  test("the schedule is the provider's: 17 retries in about 24 hours, then none", () => {
    const delays = Array.from({ length: 17 }, (_unused, index) => retryDelayMs(index + 1, 1) ?? 0);
    expect(delays.map((delay) => delay / 1_000)).toEqual([
      ...[5, 5, 30, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200],
      ...[14400, 14400, 14400, 14400, 14400],
    ]);
    expect(Math.round(delays.reduce((sum, delay) => sum + delay) / 3_600_000)).toBe(24);
    expect(retryDelayMs(18, 1)).toBeUndefined();
    expect(retryDelayMs(1, 100)).toBe(50);
  });
});
