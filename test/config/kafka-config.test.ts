import { expect, test } from 'vitest';
import { readKafkaConfig } from '../../src/config/kafka-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  return { config: readKafkaConfig(env, problems), problems };
}

test('without brokers there is no Kafka, but its other variables are checked', () => {
  expect(read({})).toEqual({ config: undefined, problems: [] });
  expect(read({ KAFKA_TLS: 'maybe' })).toEqual({
    config: undefined,
    problems: [{ variable: 'KAFKA_TLS', message: '"maybe" is not true or false.' }],
  });
});

test('brokers may be names, IPv4 and IPv6 addresses', () => {
  const { config, problems } = read({
    KAFKA_BROKERS: 'a.b:9092, 10.0.0.1:1,[::1]:65535',
    KAFKA_CLIENT_ID: 'me',
  });
  expect(problems).toEqual([]);
  expect(config).toEqual({
    connection: { brokers: ['a.b:9092', '10.0.0.1:1', '[::1]:65535'], clientId: 'me' },
  });
});

test.each([
  ['kafka', '"kafka" is not host:port.'],
  ['http://a:1', '"http://a:1" is not host:port.'],
  [',', 'names no broker: set host:port of at least one.'],
  ['user:planted@a:1', expect.stringContaining('holds a user name or a password')],
])('refuses KAFKA_BROKERS=%s', (brokers, message) => {
  const { problems } = read({ KAFKA_BROKERS: brokers });
  expect(problems).toEqual([{ variable: 'KAFKA_BROKERS', message }]);
  expect(JSON.stringify(problems)).not.toContain('planted');
});
