import { expect, test } from 'vitest';
import {
  formatKafkaError,
  type KafkaQuestion,
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
  [31, 'CreateTopics', 'Create the cluster'],
])('error %s of %s tells that the right %s is missing', ([errorCode, api, expected]) => {
  expect(formatKafkaError(errorCode, { api, ...names })).toContain(
    `: no right to ${expected} (asked by ${api})`,
  );
});

test('an error that is no refusal, or of what was not asked about, misses no right', () => {
  expect(formatKafkaError(3, { api: 'Fetch', ...names })).not.toContain('no right');
  expect(formatKafkaError(30, { api: 'Fetch', ...names })).toBe('GROUP_AUTHORIZATION_FAILED (30)');
  expect(formatKafkaError(29, { api: 'Fetch' })).toBe('TOPIC_AUTHORIZATION_FAILED (29)');
});
