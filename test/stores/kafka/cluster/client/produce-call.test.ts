import { expect, test } from 'vitest';
import { readBaseOffset } from '../../../../../src/stores/kafka/cluster/client/produce-call.ts';

const of = { topic: 'events', partition: 3 };
const answer = (change: object) => ({
  topics: [{ partitions: [{ partition: 3, errorCode: 0, baseOffset: '7', ...change }] }],
});

test.each(['0', '7', '9007199254740991'])('what was written begins at offset %s', (baseOffset) => {
  expect(readBaseOffset(answer({ baseOffset }), of)).toBe(Number(baseOffset));
});

test.each([
  ['no offset', { baseOffset: '-1' }, 'no offset for the write to events-3'],
  [
    'an offset beyond exact numbers',
    { baseOffset: '9007199254740992' },
    'no offset for the write to events-3',
  ],
  ['another partition', { partition: 4 }, 'does not confirm the write to events-3'],
  ['an error', { errorCode: 29 }, 'cannot write to events-3: '],
])('an answer with %s is none', (_what, change, message) => {
  const failure = { name: 'KafkaAnswerError', kind: 'fail', message: expect.stringContaining(message) };
  expect(() => readBaseOffset(answer(change), of)).toThrow(expect.objectContaining(failure));
});
