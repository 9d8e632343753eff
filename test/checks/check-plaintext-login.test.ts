import { expect, test } from 'vitest';
import { checkPlaintextLogin } from '../../src/checks/check-plaintext-login.ts';

test('only a password without TLS is a warning, which names the variable that allows it', () => {
  const options = { allow: 'STORE_ALLOW_PLAINTEXT', store: 'the store' };
  expect(checkPlaintextLogin({ ...options, isPlaintext: false })).toEqual([]);
  expect(checkPlaintextLogin({ ...options, isPlaintext: true })).toMatchObject([
    { area: 'tls', verdict: 'warning', text: expect.stringContaining('STORE_ALLOW_PLAINTEXT') },
  ]);
});
