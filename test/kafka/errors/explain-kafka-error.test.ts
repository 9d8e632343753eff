import { expect, test } from 'vitest';
import { explainKafkaError, formatKafkaError } from '../../../src/kafka/errors/explain-kafka-error.ts';
import type { KafkaQuestion, KafkaRight } from '../../../src/kafka/errors/kafka-rights.ts';

const names = { topic: 'events', group: 'filters', transactionalId: 'filters-0' };

function rightOf(errorCode: number, api: KafkaQuestion['api']): KafkaRight | undefined {
  return explainKafkaError(errorCode, { api, ...names }).missingRight;
}

test.for<[number, KafkaQuestion['api'], string]>([
  [29, 'Metadata', 'Describe topic events'],
  [29, 'DescribeConfigs', 'DescribeConfigs topic events'],
  [29, 'Produce', 'Write topic events'],
  [53, 'Produce', 'Write transactional-id filters-0'],
  [29, 'Fetch', 'Read topic events'],
  [29, 'ListOffsets', 'Describe topic events'],
  [30, 'FindCoordinator', 'Describe group filters'],
  [53, 'FindCoordinator', 'Describe transactional-id filters-0'],
  [30, 'JoinGroup', 'Read group filters'],
  [30, 'OffsetFetch', 'Describe group filters'],
  [29, 'TxnOffsetCommit', 'Read topic events'],
  [30, 'AddOffsetsToTxn', 'Read group filters'],
  [53, 'InitProducerId', 'Write transactional-id filters-0'],
  [31, 'CreateTopics', 'Create cluster kafka-cluster'],
])('error %s of %s tells that the right %s is missing', ([errorCode, api, expected]) => {
  const right = rightOf(errorCode, api);
  expect(`${right?.operation} ${right?.resourceType} ${right?.resourceName}`).toBe(expected);
});

test('an error that is no refusal, or of what was not asked about, misses no right', () => {
  expect(rightOf(3, 'Fetch')).toBeUndefined();
  expect(rightOf(30, 'Fetch')).toBeUndefined();
  expect(explainKafkaError(29, { api: 'Fetch' }).missingRight).toBeUndefined();
});

test('the sentence has name, code, the right and how to grant it', () => {
  expect(formatKafkaError(29, { api: 'Fetch', topic: 'events' })).toBe(
    'TOPIC_AUTHORIZATION_FAILED (29): no right to Read topic events (asked by Fetch): grant it to this ' +
      'client\'s principal, as with "kafka-acls --add --allow-principal User:… --operation Read --topic events"',
  );
});

test('every code has its name, the last one of Kafka 4.3.1 and those that are not known as well', () => {
  const nameOf = (errorCode: number) => explainKafkaError(errorCode, { api: 'Fetch' }).errorName;
  expect([-1, 1, 51, 53, 90, 100, 133, 999].map(nameOf)).toEqual([
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
