import { describe, expect, test } from 'vitest';
import { checkKafkaLogin, checkPlaintextLogin } from '../../src/checks/check-plaintext-login.ts';

describe('check plaintext login', () => {
  test('only a password without TLS is a warning, which names the variable that allows it', () => {
    const options = { allow: 'STORE_ALLOW_PLAINTEXT', store: 'the store' };
    expect(checkPlaintextLogin({ ...options, isPlaintext: false })).toEqual([]);
    expect(checkPlaintextLogin({ ...options, isPlaintext: true })).toMatchObject([
      { area: 'tls', verdict: 'warning', text: expect.stringContaining('STORE_ALLOW_PLAINTEXT') },
    ]);
  });
});

describe('check kafka login', () => {
  const connection = { brokers: ['a:1'], clientId: 'c' };
  const sasl = { mechanism: 'plain', username: 'u', password: 'planted' } as const;

  test('only a login without TLS is a warning, without its password', () => {
    expect(checkKafkaLogin(connection)).toEqual([]);
    expect(checkKafkaLogin({ ...connection, tls: {}, sasl })).toEqual([]);
    const results = checkKafkaLogin({ ...connection, sasl });
    expect(results).toMatchObject([{ area: 'tls', verdict: 'warning' }]);
    expect(JSON.stringify(results)).not.toContain('planted');
  });
});
