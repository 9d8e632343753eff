import { expect, test } from 'vitest';
import { isHerokuKafka } from '../../src/config/heroku-kafka-config.ts';

test.each([
  ['KAFKA_URL', { KAFKA_URL: 'kafka+ssl://a:9096' }, true],
  ['KAFKA_URL and an empty KAFKA_BROKERS', { KAFKA_URL: 'kafka+ssl://a:9096', KAFKA_BROKERS: '' }, true],
  ['KAFKA_URL and KAFKA_BROKERS', { KAFKA_URL: 'kafka+ssl://a:9096', KAFKA_BROKERS: 'own:1' }, false],
  ['an empty KAFKA_URL', { KAFKA_URL: '', KAFKA_TRUSTED_CERT: 'their CA' }, false],
  ['certificates alone', { KAFKA_TRUSTED_CERT: 'their CA' }, false],
])('with %s Heroku’s variables say where Kafka is: %j', (_what, env, expected) => {
  expect(isHerokuKafka(env)).toBe(expected);
});
