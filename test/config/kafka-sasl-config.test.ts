import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readKafkaSasl } from '../../src/config/kafka-sasl-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env, hasTls = true) {
  const problems: ConfigProblem[] = [];
  const sasl = readKafkaSasl(env, { isTls: hasTls }, problems);
  return { sasl, variables: problems.map(({ variable }) => variable) };
}

const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };
const sasl = { mechanism: 'plain', username: 'u', password: 'p' };
const file = join(import.meta.dirname, '../fixtures/credential');

test.each<[Env, unknown, readonly string[]]>([
  [{}, undefined, []],
  [login, sasl, []],
  [
    { ...login, KAFKA_SASL_PASSWORD: '', KAFKA_SASL_PASSWORD_FILE: file },
    { mechanism: 'plain', username: 'u', passwordFile: file },
    [],
  ],
  [{ KAFKA_SASL_USERNAME: 'u' }, undefined, ['KAFKA_SASL_MECHANISM']],
  [{ ...login, KAFKA_SASL_USERNAME: '' }, { ...sasl, username: '' }, ['KAFKA_SASL_USERNAME']],
  [{ ...login, KAFKA_SASL_PASSWORD_FILE: file }, { ...sasl, passwordFile: file }, ['KAFKA_SASL_PASSWORD']],
])('%j', (env, expected, variables) => {
  expect(read(env)).toEqual({ sasl: expected, variables });
});

test('a login without TLS has to be allowed', () => {
  expect(read(login, false).variables).toEqual(['KAFKA_TLS']);
  expect(read({ ...login, ALLOW_PLAINTEXT: 'true' }, false)).toEqual({ sasl, variables: [] });
});
