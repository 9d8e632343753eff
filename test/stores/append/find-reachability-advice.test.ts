import { connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import { expect, test } from 'vitest';
import { findReachabilityAdvice } from '../../../src/stores/append/find-reachability-advice.ts';

const withCode = (code: string) => Object.assign(new Error('words of a library'), { code });

test.each([
  ['ECONNREFUSED', 'nothing listens on this port: check REDIS_URL'],
  ['ENOTFOUND', 'the host name cannot be resolved: check REDIS_URL'],
  ['ETIMEDOUT', 'check REDIS_URL, and check for firewalls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'check STORE_TLS_SERVER_NAME, or the host in REDIS_URL'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'check STORE_TLS_CA_FILE'],
  ['CERT_HAS_EXPIRED', "check the server's certificate, and the clock"],
  [
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'the server rejects the client certificate: check STORE_TLS_CERT_FILE',
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'check the scheme in REDIS_URL'],
])('%s: %s', (code, advice) => {
  expect(findReachabilityAdvice(withCode(code), 'REDIS')).toContain(advice);
});

test('names the variables of the store', () => {
  expect(findReachabilityAdvice(withCode('ECONNREFUSED'), 'RABBITMQ')).toContain('RABBITMQ_URL');
});

test('says nothing of what it does not know', () => {
  expect(findReachabilityAdvice(withCode('EMFILE'), 'REDIS')).toBeUndefined();
  expect(findReachabilityAdvice(new Error('the server ended the connection'), 'REDIS')).toBeUndefined();
});

test("knows Node's and OpenSSL's own errors", async () => {
  const refused = await new Promise((resolve) => {
    connect(1, '127.0.0.1').on('error', resolve);
  });
  expect(findReachabilityAdvice(refused, 'REDIS')).toContain('nothing listens on this port');
  const noPem = (() => {
    try {
      createSecureContext({ cert: 'text', key: 'text' });
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  expect(findReachabilityAdvice(noPem, 'REDIS')).toContain('is not valid PEM');
});
