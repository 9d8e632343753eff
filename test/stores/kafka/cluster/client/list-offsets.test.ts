import { expect, test } from 'vitest';
import { readOffsets } from '../../../../../src/stores/kafka/cluster/client/list-offsets.ts';

test('offsets come by partition, and an error is thrown with its partition', () => {
  const toAnswer = (...partitions: object[]) => ({ responses: [{ topic: 'events', partitions }] });
  const found = { partition: 2, errorCode: 0, offset: '17' };
  expect([...readOffsets(toAnswer(found), 'events')]).toEqual([[2, 17]]);
  expect(readOffsets({ responses: [] }, 'events').size).toBe(0);
  const failed = { partition: 5, errorCode: 6, offset: '-1' };
  expect(() => readOffsets(toAnswer(found, failed), 'events')).toThrow(
    /^cannot find an offset of events-5: NOT_LEADER_OR_FOLLOWER \(6\)/,
  );
});

test.each(['9007199254740992', '9223372036854775807', 'NaN'])(
  '%s is no offset that can be counted with',
  (offset) => {
    const answer = { responses: [{ partitions: [{ partition: 0, errorCode: 0, offset }] }] };
    expect(() => readOffsets(answer, 'events')).toThrow(`${offset} is not an offset`);
  },
);
