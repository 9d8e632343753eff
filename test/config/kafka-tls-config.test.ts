import { expect, test } from 'vitest';
import { readKafkaTls } from '../../src/config/kafka-tls-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  const tls = readKafkaTls(env, { isTls: env.KAFKA_TLS === 'true' }, problems);
  return { tls, variables: problems.map(({ variable }) => variable) };
}

const file = import.meta.filename;
const pem = '-----BEGIN CERTIFICATE-----';

test.each<[Env, ReturnType<typeof read>]>([
  [{}, { tls: undefined, variables: [] }],
  [{ KAFKA_TLS: 'true' }, { tls: {}, variables: [] }],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: file },
    { tls: { ca: { file } }, variables: [] },
  ],
  [{ KAFKA_TLS_CA_FILE: file }, { tls: undefined, variables: ['KAFKA_TLS'] }],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: file },
    { tls: { cert: { file } }, variables: ['KAFKA_TLS_KEY_FILE'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_KEY_FILE: file },
    { tls: { key: { file } }, variables: ['KAFKA_TLS_CERT_FILE'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/nowhere' },
    { tls: { ca: { file: '/nowhere' } }, variables: ['KAFKA_TLS_CA_FILE'] },
  ],
  [
    {
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA: pem,
      KAFKA_TLS_CERT: `${pem}\\nsecond line`,
      KAFKA_TLS_KEY: pem,
      KAFKA_TLS_KEY_PASSPHRASE: 'secret',
      KAFKA_TLS_SERVER_NAME: 'kafka.internal',
    },
    {
      tls: {
        ca: { text: pem },
        cert: { text: `${pem}\nsecond line` },
        key: { text: pem },
        keyPassphrase: 'secret',
        serverName: 'kafka.internal',
      },
      variables: [],
    },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA: pem, KAFKA_TLS_CA_FILE: file },
    { tls: { ca: { file } }, variables: ['KAFKA_TLS_CA'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA: file },
    { tls: { ca: { text: file } }, variables: ['KAFKA_TLS_CA'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CERT: pem },
    { tls: { cert: { text: pem } }, variables: ['KAFKA_TLS_KEY'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_KEY_PASSPHRASE: 'secret' },
    { tls: { keyPassphrase: 'secret' }, variables: ['KAFKA_TLS_KEY_PASSPHRASE'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA: pem, KAFKA_TLS_ALLOW_ANY_SERVER_NAME: 'true' },
    { tls: { ca: { text: pem }, allowAnyServerName: true }, variables: [] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_ALLOW_ANY_SERVER_NAME: 'true', KAFKA_TLS_SERVER_NAME: 'a' },
    {
      tls: { serverName: 'a', allowAnyServerName: true },
      variables: ['KAFKA_TLS_ALLOW_ANY_SERVER_NAME', 'KAFKA_TLS_SERVER_NAME'],
    },
  ],
  [{ KAFKA_TLS_SERVER_NAME: 'a' }, { tls: undefined, variables: ['KAFKA_TLS'] }],
])('%j', (env, expected) => {
  expect(read(env)).toEqual(expected);
});
