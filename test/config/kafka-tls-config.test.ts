import { expect, test } from 'vitest';
import { kafkaTlsEntries, toKafkaTls } from '../../src/config/kafka-tls-config.ts';
import { readVariables } from '../../src/config/variables.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  const tls = toKafkaTls(readVariables(kafkaTlsEntries, env, problems), problems);
  return { tls, variables: problems.map(({ variable }) => variable) };
}

const file = import.meta.filename;

test.each<[Env, ReturnType<typeof read>]>([
  [{}, { tls: undefined, variables: [] }],
  [{ KAFKA_TLS: 'true' }, { tls: {}, variables: [] }],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: file },
    { tls: { caFile: file }, variables: [] },
  ],
  [{ KAFKA_TLS_CA_FILE: file }, { tls: undefined, variables: ['KAFKA_TLS'] }],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CERT_FILE: file },
    { tls: { certFile: file }, variables: ['KAFKA_TLS_KEY_FILE'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_KEY_FILE: file },
    { tls: { keyFile: file }, variables: ['KAFKA_TLS_CERT_FILE'] },
  ],
  [
    { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/nowhere' },
    { tls: { caFile: '/nowhere' }, variables: ['KAFKA_TLS_CA_FILE'] },
  ],
])('%j', (env, expected) => {
  expect(read(env)).toEqual(expected);
});
