import { expect, test } from 'vitest';
import { createTrafficLog, type SentRequest } from '../../faults/traffic/traffic-log.ts';
import type { DownTime } from '../../faults/verdict/judge.ts';
import type { ProcessEvidence } from './evidence.ts';
import { judgeReadiness, judgeStaying, notReadyLimitMs, type ReadinessSample } from './watch-readiness.ts';

const runs = (samples: readonly ReadinessSample[], downTimes: readonly DownTime[] = []): ProcessEvidence => ({
  ...{ samples, downTimes, faults: [], getsAll: true },
});

function judge(isReady: boolean, outcome: number, forMs: number, badElements = ['1']): number {
  const samples = Array.from({ length: 60 }, (_, second) => ({ atMs: second * 1_000, isReady }));
  const requests = Array.from({ length: 10 }, (_, index): SentRequest => {
    const sentAt = 5_000 + (index * forMs) / 9;
    return { kind: 'batch', events: [], badElements, sentAt, latencyMs: 5, outcome };
  });
  const log = { ...createTrafficLog(), requests };
  return judgeReadiness({ log, processes: [runs(samples)], isGone: () => false }).length;
}

test('not ready, while all got 200, is wrong for longer than its limit alone', () => {
  expect(judge(false, 200, notReadyLimitMs + 1_000)).toBe(1);
  expect(judge(false, 200, notReadyLimitMs - 1_000)).toBe(0);
  expect(judge(true, 200, notReadyLimitMs + 1_000)).toBe(0);
  expect(judge(false, 503, notReadyLimitMs + 1_000)).toBe(0);
});

test('not ready may be who takes every event, and was sent no dead letter', () => {
  expect(judge(false, 200, notReadyLimitMs + 1_000, [])).toBe(0);
});

const toSamples = (answers: string) =>
  Array.from(answers, (answer, second) => ({
    atMs: second * 1_000,
    isReady: { y: true, n: false, '-': undefined }[answer],
  }));

test.each([
  ['nnnyyyyy', 0],
  ['nnyyyynyy', 1],
  ['nyy-nn', 1],
  ['nnnn--', 0],
])('%s, of one process a second: %i that was ready and is not', (answers, count) => {
  expect(judgeStaying({ processes: [runs(toSamples(answers))] })).toHaveLength(count);
});

test.each([
  ['that ends', 2_100, 9_000],
  ['that was started again between two answers', 1_600, 1_700],
])('one %s may be not ready again', (_what, from, to) => {
  const samples = toSamples('nyynny');
  expect(judgeStaying({ processes: [runs(samples)] })).toHaveLength(1);
  expect(judgeStaying({ processes: [runs(samples, [{ from, to, isKilled: true }])] })).toEqual([]);
  expect(
    judgeStaying({ processes: [runs(samples, [{ from: 4_500, to: 4_600, isKilled: true }])] }),
  ).toHaveLength(1);
});
