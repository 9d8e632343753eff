import { describe, expect, test } from 'vitest';
import {
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
  ])('%j names %j', (env, store) => {
    expect(readStoreConfig(env, [])).toEqual(store);
  });

  test.each([' , ', 'kafka', 'kafka:x'])('never takes the journal for KAFKA_BROKERS=%j', (brokers) => {
    const problems: ConfigProblem[] = [];
    expect(readStoreConfig({ KAFKA_BROKERS: brokers }, problems).kind).toBe('kafka');
    expect(problems.map(({ variable }) => variable)).toEqual(['KAFKA_BROKERS']);
  });
});

test('readServerStoreConfig refuses the journal, and says why', () => {
  const problems: ConfigProblem[] = [];
  readServerStoreConfig({ KAFKA_BROKERS: 'a:1' }, 'why.', problems);
  expect(problems).toEqual([]);
  readServerStoreConfig({}, 'why.', problems);
  expect(problems).toEqual([{ variable: 'KAFKA_BROKERS', message: 'is missing: why.' }]);
});

test('only a journal outside of production may have a generated secret', () => {
  const journal = readStoreConfig({ DATA_DIR: '/srv' }, []);
  expect(toGeneratedSecretDir(journal, {})).toBe('/srv');
  expect(toGeneratedSecretDir(journal, { NODE_ENV: 'production' })).toBeUndefined();
  expect(toGeneratedSecretDir(readStoreConfig({ KAFKA_BROKERS: 'a:1' }, []), {})).toBeUndefined();
});
