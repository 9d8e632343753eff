import { expect, test } from 'vitest';
import { ConnectionError } from '../../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import {
  describeKafkaFailure,
  describeProblem,
} from '../../../../../src/stores/kafka/cluster/errors/describe-kafka-failure.ts';
import { KafkaAnswerError } from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';

const brokers = ['a:9092', 'b:9092'];

test.each([
  ['timeout', 'is unavailable', 'no firewall between this client and the brokers drops packets'],
  ['connection', 'is unavailable', 'the brokers are running and reachable'],
  ['authentication', 'did not complete the request', 'check KAFKA_SASL_MECHANISM'],
  ['protocol', 'did not complete the request', "check this client's permissions"],
] as const)(
  'a connection that fails by %s names the brokers and says what to check',
  (reason, what, advice) => {
    const text = describeKafkaFailure(new ConnectionError(reason, 'it broke.'), brokers);
    expect(text).toContain(`Kafka (a:9092, b:9092) ${what}: it broke: `);
    expect(text).toContain(advice);
  },
);

test('every other error is said in its own words', () => {
  expect(describeKafkaFailure(new Error('own words'), brokers)).toBe('own words');
});

test('that no broker answers is described by the connection that failed', () => {
  const cause = new ConnectionError('authentication', 'Authentication failed');
  const error = new KafkaAnswerError('reroute', -1, 'No broker responds', { cause });
  expect(describeKafkaFailure(error, brokers)).toMatch(
    /^Kafka \(a:9092, b:9092\) .*: Authentication failed: check KAFKA_SASL_MECHANISM/,
  );
});

test('a problem of the filter is described by the connection that caused it, if one did', () => {
  const cause = new ConnectionError('timeout', 'too late');
  const error = new KafkaAnswerError('reroute', -1, 'The answer is missing', { cause });
  expect(describeProblem(error, brokers)).toMatch(/^Kafka \(a:9092, b:9092\).*too late.*\(timeout\)$/);
  expect(describeProblem(new KafkaAnswerError('fail', 3, 'own words'), brokers)).toBe('own words');
  expect(describeProblem('odd', brokers)).toBe('odd');
});
