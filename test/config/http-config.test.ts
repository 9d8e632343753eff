import { describe, expect, test } from 'vitest';
import { readHttpConfig } from '../../src/config/http-config.ts';
import type { ConfigProblem, Env } from '../../src/runtime/config-error.ts';

function read(env: Env) {
  const problems: ConfigProblem[] = [];
  return { http: readHttpConfig(env, problems), variables: problems.map(({ variable }) => variable) };
}

const file = import.meta.filename;

describe('readHttpConfig', () => {
  test('has limits that fit together by default', () => {
    expect(read({}).variables).toEqual([]);
  });

  test.each<[Env, readonly string[]]>([
    [{ BODY_TIMEOUT_MS: '7001' }, ['BODY_TIMEOUT_MS']],
    [{ BODY_TIMEOUT_MS: '7000' }, []],
    [{ MAX_BODY_BYTES: '4096', MAX_IN_FLIGHT_BYTES: '2048' }, ['MAX_IN_FLIGHT_BYTES']],
    [{ TLS_CERT_FILE: file }, ['TLS_KEY_FILE']],
    [{ TLS_KEY_FILE: file }, ['TLS_CERT_FILE']],
    [{ TLS_KEY_PASSPHRASE: 'p' }, ['TLS_CERT_FILE']],
    [{ TLS_CERT_FILE: '/nowhere', TLS_KEY_FILE: file }, ['TLS_CERT_FILE']],
    [{ SIGNATURE_HEADER: 'a b' }, ['SIGNATURE_HEADER']],
  ])('%j: problems with %j', (env, variables) => {
    expect(read(env).variables).toEqual(variables);
  });

  test('names headers in lower case, and the public URL without its last slash', () => {
    const { http } = read({ SIGNATURE_HEADER: 'X-Signature', PUBLIC_URL: 'https://a.example/b//' });
    expect(http).toMatchObject({ signatureHeader: 'x-signature', publicUrl: 'https://a.example/b' });
  });

  test('takes a certificate and its key', () => {
    const { http } = read({ TLS_CERT_FILE: file, TLS_KEY_FILE: file, TLS_KEY_PASSPHRASE: 'p' });
    expect(http.tls).toEqual({ certFile: file, keyFile: file, passphrase: 'p' });
  });
});
