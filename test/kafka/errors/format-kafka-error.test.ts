import { expect, test } from 'vitest';
import { formatKafkaError } from '../../../src/kafka/errors/format-kafka-error.ts';

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
