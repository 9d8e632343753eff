import { describe, expect, test } from 'vitest';
import { readHttpConfig, toInFlightLimits } from '../../src/config/http-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  return {
    http: readHttpConfig(env, memoryBytes, problems),
    variables: problems.map(({ variable }) => variable),
  };
}

const memoryBytes = 512 * 1024 * 1024;
const file = import.meta.filename;

describe('readHttpConfig', () => {
  test('has limits that fit together by default', () => {
    expect(read({}).variables).toEqual([]);
  });

  test.each<[Env, readonly string[]]>([
    [{ MAX_BODY_BYTES: '67108864' }, []],
    [{ MAX_BODY_BYTES: '67108865' }, ['MAX_BODY_BYTES']],
    [{ TLS_CERT_FILE: file }, ['TLS_KEY_FILE']],
    [{ TLS_KEY_FILE: file }, ['TLS_CERT_FILE']],
    [{ TLS_KEY_PASSPHRASE: 'p' }, ['TLS_CERT_FILE']],
    [{ TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: file }, ['TLS_CERT_FILE']],
  ])('%j: problems with %j', (env, variables) => {
    expect(read(env).variables).toEqual(variables);
  });

  test('names the public URL without its last slash', () => {
    expect(read({ PUBLIC_URL: 'https://a.example/b//' }).http.publicUrl).toBe('https://a.example/b');
  });

  test.each([
    ['8000', 5_000],
    ['6000', 5_000],
    ['5999', 4_999],
    ['1500', 500],
  ])(
    'of a budget of %s ms a body has %i, so that a second is left for the store',
    (budget, bodyTimeoutMs) => {
      expect(read({ REQUEST_BUDGET_MS: budget }).http.bodyTimeoutMs).toBe(bodyTimeoutMs);
    },
  );

  test('takes a certificate and its key', () => {
    const { http } = read({ TLS_CERT_FILE: file, TLS_KEY_FILE: file, TLS_KEY_PASSPHRASE: 'p' });
    expect(http.tls).toEqual({ certFile: file, keyFile: file, passphrase: 'p' });
  });
});

const mebibyte = 1024 * 1024;

test.each([
  ['what the chart gives', 512, 64, 2_048],
  ['a small container', 64, 16, 512],
  ['a large machine', 64 * 1024, 1024, 32_768],
])('of the memory of %s an eighth may be in flight, within bounds', (_what, memory, bytes, requests) => {
  expect(toInFlightLimits(memory * mebibyte)).toEqual({
    maxInFlightBytes: bytes * mebibyte,
    maxInFlightRequests: requests,
  });
});
