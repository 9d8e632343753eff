import { expect, test } from 'vitest';
import { describeLogReset, logResetReasons } from '../../src/revisions/log-reset.ts';

test('each reason has a sentence of its own', () => {
  const sentences = logResetReasons.map((reason) => describeLogReset({ reason, startOffset: 0 }));
  expect(sentences).toHaveLength(7);
  expect(new Set(sentences).size).toBe(sentences.length);
});
