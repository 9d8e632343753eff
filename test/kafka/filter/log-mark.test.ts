import { expect, test } from 'vitest';
import { formatLogMark, parseLogMark } from '../../../src/kafka/filter/log-mark.ts';

test.each([
  { events: { topicId: 'a'.repeat(32), epoch: 7 }, latest: { topicId: 'b'.repeat(32), end: 2 ** 40 } },
  { events: { epoch: -1 }, latest: { end: 0 } },
])('a mark comes back, and fits beside an offset', (mark) => {
  const text = formatLogMark(mark);
  expect(parseLogMark(text)).toEqual(mark);
  expect(text.length).toBeLessThan(160);
});

test.each([
  null,
  '',
  'kafka-streams',
  '{}',
  '{"events":{"epoch":"7"},"latest":{"end":1}}',
  '{"events":{"epoch":1},"latest":{"end":1.5}}',
])('%s is no mark', (metadata) => {
  expect(parseLogMark(metadata)).toBeUndefined();
});
