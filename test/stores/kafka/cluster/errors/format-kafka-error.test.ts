import { expect, test } from 'vitest';
import {
  findMissingRight,
  formatKafkaError,
  type KafkaQuestion,
  type KafkaRight,
} from '../../../../../src/stores/kafka/cluster/errors/format-kafka-error.ts';

test('the sentence has name, code, the right and how to grant it', () => {
  expect(formatKafkaError(29, { api: 'Fetch', topic: 'events' })).toBe(
    'TOPIC_AUTHORIZATION_FAILED (29): no right to Read topic events (asked by Fetch): grant it to this ' +
      'client\'s principal, as with "kafka-acls --add --allow-principal User:… --operation Read --topic events"',
  );
});

test('an error that stays says what to do, and one that passes only its name', () => {
  expect(formatKafkaError(44, { api: 'CreateTopics', topic: 't' })).toBe(
    "POLICY_VIOLATION (44): a policy of the cluster refuses this: see the broker's log",
  );
  expect(formatKafkaError(6, { api: 'Fetch', topic: 't' })).toBe('NOT_LEADER_OR_FOLLOWER (6)');
});

const names = { topic: 'events', group: 'filters', transactionalId: 'filters-0' };

function rightOf(errorCode: number, api: KafkaQuestion['api']): KafkaRight | undefined {
  return findMissingRight(errorCode, { api, ...names });
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
  expect(findMissingRight(29, { api: 'Fetch' })).toBeUndefined();
});
