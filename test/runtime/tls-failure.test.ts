import { expect, test } from 'vitest';
import { isTlsRefusal } from '../../src/runtime/tls-failure.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

test.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  'ERR_SSL_WRONG_VERSION_NUMBER',
])('%s stays, also as the cause of another error', (code) => {
  expect(isTlsRefusal(withCode(code))).toBe(true);
  expect(isTlsRefusal(new Error('y', { cause: withCode(code) }))).toBe(true);
});

test('an error that is its own cause is looked at once', () => {
  const error = new Error('x');
  error.cause = error;
  expect(isTlsRefusal(error)).toBe(false);
});

test.each(['ECONNRESET', 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'ENOTFOUND'])('%s may pass', (code) => {
  expect(isTlsRefusal(withCode(code))).toBe(false);
});
