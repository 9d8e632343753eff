import { expect, test } from 'vitest';
import type { SentRequest } from '../../faults/traffic/traffic-log.ts';
import { contraryLimitMs, judgeReadiness } from './watch-readiness.ts';

function judge(isReady: boolean, outcome: number, forMs: number, badElements = ['1']): number {
  const samples = Array.from({ length: 60 }, (_, second) => ({ atMs: second * 1_000, isReady }));
  const requests = Array.from({ length: 10 }, (_, index): SentRequest => {
    const sentAt = 5_000 + (index * forMs) / 9;
    return { kind: 'batch', events: [], badElements, sentAt, latencyMs: 5, outcome };
  });
  return judgeReadiness(samples, requests).length;
}

test.for([
  [true, 503, contraryLimitMs.ready],
  [false, 200, contraryLimitMs.notReady],
] as const)(
  'ready: %s, while all got %s, is wrong for longer than %s ms alone',
  ([isReady, outcome, limitMs]) => {
    expect(judge(isReady, outcome, limitMs + 1_000)).toBe(1);
    expect(judge(isReady, outcome, limitMs - 1_000)).toBe(0);
    expect(judge(!isReady, outcome, limitMs + 1_000)).toBe(0);
  },
);

test('not ready may be who takes every event, and was sent no dead letter', () => {
  expect(judge(false, 200, contraryLimitMs.notReady + 1_000, [])).toBe(0);
});
