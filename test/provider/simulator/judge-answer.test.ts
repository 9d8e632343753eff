import { expect, test } from 'vitest';
import { judgeAnswer, type PostResult } from '../../../src/provider/simulator/judge-answer.ts';

test.each<[PostResult, ReturnType<typeof judgeAnswer>]>([
  [200, 'accepted'],
  [299, 'accepted'],
  [199, 'retry'],
  [302, 'retry'],
  [400, 'status_400'],
  [401, 'status_401'],
  [403, 'retry'],
  [503, 'retry'],
  ['timeout', 'retry'],
  ['refused', 'retry'],
])('%s: %s', (result, verdict) => {
  expect(judgeAnswer(result)).toBe(verdict);
});
