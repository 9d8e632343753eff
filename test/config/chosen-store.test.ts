import { expect, test } from 'vitest';
import { checkOneStore, chooseStore, storeVariables } from '../../src/config/chosen-store.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

test.each<[Env, string]>([
  [{}, 'journal'],
  [{ KAFKA_BROKERS: '', REDIS_URL: '' }, 'journal'],
  [{ KAFKA_BROKERS: 'a:1' }, 'kafka'],
  [{ KAFKA_URL: 'kafka://a:1' }, 'kafka'],
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
