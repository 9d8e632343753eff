import { expect, test } from 'vitest';
import { toKafkaBrokers } from '../../src/config/kafka-brokers-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(brokers: readonly string[], KAFKA_TLS?: 'true' | 'false' | 'FALSE') {
  const problems: ConfigProblem[] = [];
  const env: Env = KAFKA_TLS === undefined ? {} : { KAFKA_TLS };
  const found = toKafkaBrokers(
    { KAFKA_BROKERS: brokers, KAFKA_TLS: KAFKA_TLS?.toLowerCase() === 'true' },
    env,
    problems,
  );
  return { ...found, messages: problems.map(({ message }) => message) };
}

test.each([
  [['a:1'], undefined, false],
  [['a:1'], 'true', true],
  [['kafka://a:1'], undefined, false],
  [['kafka://a:1'], 'false', false],
  [['kafka+ssl://a:1'], undefined, true],
  [['KAFKA+SSL://a:1'], undefined, true],
] as const)('%j with KAFKA_TLS=%s: TLS is %s', (brokers, tls, isTls) => {
  expect(read(brokers, tls)).toEqual({ brokers: ['a:1'], isTls, messages: [] });
});

test.each([
  [['kafka+ssl://a:1'], 'false', 'remove KAFKA_TLS'],
  [['kafka+ssl://a:1'], 'FALSE', 'remove KAFKA_TLS'],
  [['kafka://a:1'], 'true', 'is without TLS'],
  [['kafka://a:1', 'b:1'], undefined, 'mixes'],
  [['Kafka://a:1', 'kafka+SSL://b:1'], undefined, 'mixes'],
] as const)('%j with KAFKA_TLS=%s contradicts itself', (brokers, tls, sentence) => {
  expect(read(brokers, tls).messages).toEqual([expect.stringContaining(sentence)]);
});

test.each(['a:1', 'a_b.c-d:9092', 'a:65535', '10.0.0.1:00443', '[fe80::1]:9092', '[::ffff:10.0.0.1]:1'])(
  '%s is a broker',
  (broker) => {
    expect(read([broker])).toEqual({ brokers: [broker], isTls: false, messages: [] });
  },
);

test.each([
  '',
  'a',
  ':9092',
  'a:',
  'a:x',
  'a:-1',
  'a:1/path',
  'a b:1',
  '::1:9092',
  '[::1]',
  '[a]:x',
  'kafka://',
  'https://a:1',
  'kafka+ssl:/a:1',
])('%j is no broker', (broker) => {
  expect(read([broker]).messages).toEqual([`"${broker}" is not host:port.`]);
});

test.each(['a:0', 'a:65536', '[::1]:99999', 'kafka://a:70000'])(
  '%j has a port that no host has',
  (broker) => {
    expect(read([broker]).messages).toEqual([`"${broker}" has a port that is not from 1 to 65535.`]);
  },
);

test('every faulty broker is a problem of its own', () => {
  expect(read(['a', 'b:1', 'c']).messages).toEqual(['"a" is not host:port.', '"c" is not host:port.']);
});

test('a password is never shown, neither in a URL nor without a scheme', () => {
  const { messages } = read(['kafka+ssl://me:planted@a:1', 'kafka+ssl://me:planted@b']);
  const sentence = expect.stringContaining('holds a user name or a password');
  expect(messages).toEqual([sentence, sentence]);
  expect(messages.join()).not.toContain('planted');
});
