import { expect, test } from 'vitest';
import { readHerokuKafka } from '../../src/config/heroku-kafka-config.ts';

const heroku = {
  KAFKA_URL: 'kafka+ssl://a:9096',
  KAFKA_TRUSTED_CERT: 'their CA',
  KAFKA_CLIENT_CERT: 'their certificate',
  KAFKA_CLIENT_CERT_KEY: 'their key',
};

test("Heroku's variables get the names of this program, beside all others", () => {
  const env = { ...heroku, HTTP_PORT: '8080' };
  expect(readHerokuKafka(env)).toEqual({
    env: {
      ...env,
      KAFKA_BROKERS: heroku.KAFKA_URL,
      KAFKA_TLS_CA: 'their CA',
      KAFKA_TLS_CERT: 'their certificate',
      KAFKA_TLS_KEY: 'their key',
    },
    names: new Map([
      ['KAFKA_BROKERS', 'KAFKA_URL'],
      ['KAFKA_TLS_CA', 'KAFKA_TRUSTED_CERT'],
      ['KAFKA_TLS_CERT', 'KAFKA_CLIENT_CERT'],
      ['KAFKA_TLS_KEY', 'KAFKA_CLIENT_CERT_KEY'],
    ]),
  });
  expect(env).toEqual({ ...heroku, HTTP_PORT: '8080' });
});

test.each([
  ['without KAFKA_URL', { ...heroku, KAFKA_URL: undefined }],
  ['with an empty KAFKA_URL', { ...heroku, KAFKA_URL: '' }],
  ['with KAFKA_BROKERS', { ...heroku, KAFKA_BROKERS: 'own:1', KAFKA_PREFIX: 'river-1.' }],
])('%s they mean nothing', (_what, env) => {
  expect(readHerokuKafka(env)).toEqual({ env, names: new Map() });
});

test('an empty KAFKA_BROKERS is none', () => {
  expect(readHerokuKafka({ ...heroku, KAFKA_BROKERS: '' }).env.KAFKA_BROKERS).toBe(heroku.KAFKA_URL);
});

test.each([
  ['KAFKA_TLS_CA', 'KAFKA_TLS_CA'],
  ['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CA'],
  ['KAFKA_TLS_KEY_FILE', 'KAFKA_TLS_KEY'],
])("our own %s comes before Heroku's", (name, own) => {
  const { env } = readHerokuKafka({ ...heroku, [name]: 'own' });
  expect(env[name]).toBe('own');
  expect(env[own]).toBe(name === own ? 'own' : undefined);
  expect(env.KAFKA_TLS_CERT).toBe('their certificate');
});
