import { errorCodes as theirCodes } from 'kafkajs/src/protocol/error.js';
import { expect, test } from 'vitest';
import {
  errorCodes,
  findErrorMeaning,
  toKafkaErrorName,
} from '../../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';

test("names have the codes of kafkajs's own list, but for those that Kafka renamed or added since", () => {
  const theirs = new Map(theirCodes.map(({ type, code }) => [type, code]));
  const others = Object.entries(errorCodes).filter(([name, code]) => theirs.get(name) !== code);
  expect(Object.fromEntries(others)).toEqual({
    NOT_LEADER_OR_FOLLOWER: 6,
    COORDINATOR_LOAD_IN_PROGRESS: 14,
    COORDINATOR_NOT_AVAILABLE: 15,
    NOT_COORDINATOR: 16,
    PRODUCER_FENCED: 90,
  });
});

test('a code has the meaning of its name, and none when it is not in the table', () => {
  expect(findErrorMeaning(errorCodes.PRODUCER_FENCED)).toEqual({ kind: 'fenced' });
  expect(findErrorMeaning(errorCodes.TOPIC_AUTHORIZATION_FAILED).denies).toBe('topic');
  expect([-1, 0, 4, 999].map((code) => findErrorMeaning(code))).toEqual([{}, {}, {}, {}]);
  expect(toKafkaErrorName(errorCodes.MEMBER_ID_REQUIRED)).toBe('MEMBER_ID_REQUIRED');
});

test('every code has its name, the last one of Kafka 4.3.1 and those that are not known as well', () => {
  expect([-1, 1, 51, 53, 90, 100, 133, 999].map(toKafkaErrorName)).toEqual([
    'UNKNOWN_SERVER_ERROR',
    'OFFSET_OUT_OF_RANGE',
    'CONCURRENT_TRANSACTIONS',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'PRODUCER_FENCED',
    'UNKNOWN_TOPIC_ID',
    'SHARE_SESSION_LIMIT_REACHED',
    'UNKNOWN_ERROR_CODE',
  ]);
});
