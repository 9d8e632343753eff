import { describe, expect, test } from 'vitest';
import {
  checkJournalDirectory,
  chooseStore,
  readServerStoreConfig,
  readStoreConfig,
  rejectSeveralStores,
  storeVariables,
  toGeneratedSecretDir,
} from '../../src/config/stores.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

describe('chosen store', () => {
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
    rejectSeveralStores({ KAFKA_BROKERS: 'a:1' }, problems);
    expect(problems).toEqual([]);
    rejectSeveralStores({ KAFKA_BROKERS: 'a:1', REDIS_URL_FILE: '/run/url' }, problems);
    expect(problems).toEqual([
      {
        variable: 'REDIS_URL_FILE',
        message: 'is set, and so is KAFKA_BROKERS: events go to one store only. Keep only one of the two.',
      },
    ]);
  });

  test.each<[Env, string]>([
    [{ CLOUDAMQP_URL: 'amqp://a', KAFKA_BROKERS: 'a:1' }, 'kafka'],
    [{ KAFKA_URL: 'kafka://a:1', RABBITMQ_URL: 'amqp://a' }, 'rabbitmq'],
  ])('what a platform has set does not count beside a choice: %j', (env, kind) => {
    const problems: ConfigProblem[] = [];
    rejectSeveralStores(env, problems);
    expect([chooseStore(env), problems]).toEqual([kind, []]);
  });

  test.each<[Env, string]>([
    [{ KAFKA_URL: 'kafka://a:1', CLOUDAMQP_URL: 'amqp://a' }, 'CLOUDAMQP_URL'],
    [{ KAFKA_URL: 'kafka://a:1', REDIS_URL: 'redis://h' }, 'REDIS_URL'],
    [{ CLOUDAMQP_URL: 'amqp://a', REDIS_URL: 'redis://h' }, 'REDIS_URL'],
  ])('two stores that a platform may have attached are a problem: %j', (env, variable) => {
    const problems: ConfigProblem[] = [];
    rejectSeveralStores(env, problems);
    expect(problems.map((problem) => problem.variable)).toEqual([variable]);
  });
});

describe('store config', () => {
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
          connection: { brokers: ['a:1'] },
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
    checkJournalDirectory(readStoreConfig(env, problems), env, problems);
    expect(problems.map(({ variable }) => variable)).toEqual(expected);
  });

  test('only a journal outside of production may have a generated secret', () => {
    const journal = readStoreConfig({ DATA_DIR: '/srv' }, []);
    expect(toGeneratedSecretDir(journal, {})).toBe('/srv');
    expect(toGeneratedSecretDir(journal, { NODE_ENV: 'production' })).toBeUndefined();
    expect(toGeneratedSecretDir(readStoreConfig({ KAFKA_BROKERS: 'a:1' }, []), {})).toBeUndefined();
  });
});
