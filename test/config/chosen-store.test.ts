import { expect, test } from 'vitest';
import { checkOneStore, chooseStore, storeVariables } from '../../src/config/chosen-store.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

test.each<[Env, string]>([
  [{}, 'journal'],
  [{ KAFKA_BROKERS: '', REDIS_URL: '' }, 'journal'],
  [{ KAFKA_BROKERS: 'a:1' }, 'kafka'],
  [{ KAFKA_URL: 'kafka://a:1' }, 'kafka'],
  [{ RABBITMQ_URL: 'amqp://a' }, 'rabbitmq'],
  [{ RABBITMQ_URL_FILE: '/run/url' }, 'rabbitmq'],
  [{ CLOUDAMQP_URL: 'amqp://a' }, 'rabbitmq'],
  [{ REDIS_URL: 'redis://h' }, 'redis'],
  [{ REDIS_URL_FILE: '/run/url' }, 'redis'],
])('%j chooses %s', (env, kind) => {
  expect(chooseStore(env)).toBe(kind);
});

test('the variables of the stores begin with the usual one', () => {
  expect(storeVariables[0]).toBe('KAFKA_BROKERS');
  expect(storeVariables).toContain('REDIS_URL');
});

test('several stores are a problem that names both variables', () => {
  const problems: ConfigProblem[] = [];
  checkOneStore({ KAFKA_BROKERS: 'a:1' }, problems);
  expect(problems).toEqual([]);
  checkOneStore({ KAFKA_BROKERS: 'a:1', REDIS_URL_FILE: '/run/url' }, problems);
  expect(problems).toEqual([
    {
      variable: 'REDIS_URL_FILE',
      message: 'is set, and so is KAFKA_BROKERS: one store takes the events. Keep one of the two.',
    },
  ]);
});

test.each<[Env, string]>([
  [{ CLOUDAMQP_URL: 'amqp://a', KAFKA_BROKERS: 'a:1' }, 'kafka'],
  [{ KAFKA_URL: 'kafka://a:1', RABBITMQ_URL: 'amqp://a' }, 'rabbitmq'],
])('what a platform has set does not count beside a choice: %j', (env, kind) => {
  const problems: ConfigProblem[] = [];
  checkOneStore(env, problems);
  expect([chooseStore(env), problems]).toEqual([kind, []]);
});

test.each<[Env, string]>([
  [{ KAFKA_URL: 'kafka://a:1', CLOUDAMQP_URL: 'amqp://a' }, 'CLOUDAMQP_URL'],
  [{ KAFKA_URL: 'kafka://a:1', REDIS_URL: 'redis://h' }, 'REDIS_URL'],
  [{ CLOUDAMQP_URL: 'amqp://a', REDIS_URL: 'redis://h' }, 'REDIS_URL'],
])('two stores that a platform may have attached are a problem: %j', (env, variable) => {
  const problems: ConfigProblem[] = [];
  checkOneStore(env, problems);
  expect(problems.map((problem) => problem.variable)).toEqual([variable]);
});
