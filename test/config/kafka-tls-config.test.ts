import { expect, test } from 'vitest';
import { isHerokuKafka, readKafkaTls } from '../../src/config/kafka-tls-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  const tls = readKafkaTls(
    env,
    { isTls: env.KAFKA_TLS === 'true', isHeroku: env.KAFKA_URL !== undefined },
    problems,
  );
  return { tls, variables: problems.map(({ variable }) => variable) };
}

const file = import.meta.filename;
const pem = '-----BEGIN CERTIFICATE-----';
const heroku = { KAFKA_TLS: 'true', KAFKA_URL: 'kafka+ssl://a:1' };

test.each<[Env, ReturnType<typeof read>]>([
  [{}, { tls: undefined, variables: [] }],
  [{ KAFKA_TLS: 'true' }, { tls: {}, variables: [] }],
  [
    { KAFKA_TLS: 'true', STORE_TLS_CA_FILE: file },
    { tls: { ca: { file } }, variables: [] },
  ],
  [{ STORE_TLS_CA_FILE: file }, { tls: undefined, variables: ['KAFKA_TLS'] }],
  [
    { KAFKA_TLS: 'true', STORE_TLS_CERT_FILE: file },
    { tls: { cert: { file } }, variables: ['STORE_TLS_KEY_FILE'] },
  ],
  [
    { KAFKA_TLS: 'true', STORE_TLS_KEY_FILE: file },
    { tls: { key: { file } }, variables: ['STORE_TLS_CERT_FILE'] },
  ],
  [
    { KAFKA_TLS: 'true', STORE_TLS_CA_FILE: '/nowhere' },
    { tls: { ca: { file: '/nowhere' } }, variables: ['STORE_TLS_CA_FILE'] },
  ],
  [
    {
      ...heroku,
      KAFKA_TRUSTED_CERT: pem,
      KAFKA_CLIENT_CERT: `${pem}\\nsecond line`,
      KAFKA_CLIENT_CERT_KEY: pem,
    },
    {
      tls: {
        ca: { text: pem },
        cert: { text: `${pem}\nsecond line` },
        key: { text: pem },
        allowAnyServerName: true,
      },
      variables: [],
    },
  ],
  [
    { ...heroku, KAFKA_TRUSTED_CERT: pem, STORE_TLS_SERVER_NAME: 'kafka.internal' },
    { tls: { ca: { text: pem }, serverName: 'kafka.internal' }, variables: [] },
  ],
  [
    { ...heroku, KAFKA_TRUSTED_CERT: pem, STORE_TLS_CA_FILE: file },
    { tls: { ca: { file } }, variables: [] },
  ],
  [
    { ...heroku, KAFKA_TRUSTED_CERT: file },
    { tls: { ca: { text: file }, allowAnyServerName: true }, variables: ['KAFKA_TRUSTED_CERT'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TRUSTED_CERT: pem },
    { tls: {}, variables: [] },
  ],
  [{ STORE_TLS_SERVER_NAME: 'a' }, { tls: undefined, variables: ['KAFKA_TLS'] }],
])('%j', (env, expected) => {
  expect(read(env)).toEqual(expected);
});

test.each([
  ['KAFKA_URL', { KAFKA_URL: 'kafka+ssl://a:9096' }, true],
  ['KAFKA_URL and an empty KAFKA_BROKERS', { KAFKA_URL: 'kafka+ssl://a:9096', KAFKA_BROKERS: '' }, true],
  ['KAFKA_URL and KAFKA_BROKERS', { KAFKA_URL: 'kafka+ssl://a:9096', KAFKA_BROKERS: 'own:1' }, false],
  ['an empty KAFKA_URL', { KAFKA_URL: '', KAFKA_TRUSTED_CERT: 'their CA' }, false],
  ['certificates alone', { KAFKA_TRUSTED_CERT: 'their CA' }, false],
])('with %s Heroku’s variables say where Kafka is: %j', (_what, env, expected) => {
  expect(isHerokuKafka(env)).toBe(expected);
});
