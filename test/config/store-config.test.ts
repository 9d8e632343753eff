import { describe, expect, test } from 'vitest';
import {
  checkJournalPlace,
  readServerStoreConfig,
  readStoreConfig,
  toGeneratedSecretDir,
} from '../../src/config/store-config.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';

describe('readStoreConfig', () => {
  test.each([
    [{}, { kind: 'journal', dataDir: './data' }],
    [
      { DATA_DIR: '/srv/events', KAFKA_BROKERS: '' },
      { kind: 'journal', dataDir: '/srv/events' },
    ],
    [
      { DATA_DIR: '/srv/events', KAFKA_BROKERS: 'a:1' },
      {
        kind: 'kafka',
        connection: { brokers: ['a:1'], clientId: 'comapi-webhook' },
        compression: 'none',
      },
    ],
    [
      { REDIS_URL: 'redis://h' },
      {
        kind: 'redis',
        url: { text: 'redis://h' },
        allowPlaintext: false,
        streamCount: 1,
        replicas: 0,
        memoryOnly: false,
        allowEviction: false,
        tls: {},
      },
    ],
  ])('%j names %j', (env, store) => {
    expect(readStoreConfig(env, [])).toEqual(store);
  });

  test.each([' , ', 'kafka', 'kafka:x'])('never takes the journal for KAFKA_BROKERS=%j', (brokers) => {
    const problems: ConfigProblem[] = [];
    expect(readStoreConfig({ KAFKA_BROKERS: brokers }, problems).kind).toBe('kafka');
    expect(problems.map(({ variable }) => variable)).toEqual(['KAFKA_BROKERS']);
  });
});

test('readStoreConfig refuses two stores', () => {
  const problems: ConfigProblem[] = [];
  readStoreConfig({ KAFKA_BROKERS: 'a:1', REDIS_URL: 'redis://h' }, problems);
  expect(problems.map(({ variable }) => variable)).toEqual(['REDIS_URL']);
});

test('readServerStoreConfig refuses the journal, and says why', () => {
  const problems: ConfigProblem[] = [];
  readServerStoreConfig({ KAFKA_BROKERS: 'a:1' }, 'why.', problems);
  expect(problems).toEqual([]);
  readServerStoreConfig({}, 'why.', problems);
  expect(problems).toEqual([{ variable: 'KAFKA_BROKERS', message: 'is missing: why.' }]);
});

test.each([
  ['in production', { NODE_ENV: 'production' }, ['KAFKA_BROKERS']],
  ['in production with an empty DATA_DIR', { NODE_ENV: 'production', DATA_DIR: '' }, ['KAFKA_BROKERS']],
  ['in production with a directory', { NODE_ENV: 'production', DATA_DIR: '/srv' }, []],
  ['in production with Kafka', { NODE_ENV: 'production', KAFKA_BROKERS: 'a:1' }, []],
  ['outside of production', {}, []],
])('a journal whose place nobody chose is a problem in production only: %s', (_what, env, expected) => {
  const problems: ConfigProblem[] = [];
  checkJournalPlace(readStoreConfig(env, problems), env, problems);
  expect(problems.map(({ variable }) => variable)).toEqual(expected);
});

test('only a journal outside of production may have a generated secret', () => {
  const journal = readStoreConfig({ DATA_DIR: '/srv' }, []);
  expect(toGeneratedSecretDir(journal, {})).toBe('/srv');
  expect(toGeneratedSecretDir(journal, { NODE_ENV: 'production' })).toBeUndefined();
  expect(toGeneratedSecretDir(readStoreConfig({ KAFKA_BROKERS: 'a:1' }, []), {})).toBeUndefined();
});
