import { expect, test } from 'vitest';
import { checkKafkaLogin } from '../../src/checks/check-kafka-login.ts';

const connection = { brokers: ['a:1'], clientId: 'c' };
const sasl = { mechanism: 'plain', username: 'u', password: 'planted' } as const;

test('only a login without TLS is a warning, without its password', () => {
  expect(checkKafkaLogin(connection)).toEqual([]);
  expect(checkKafkaLogin({ ...connection, tls: {}, sasl })).toEqual([]);
  const results = checkKafkaLogin({ ...connection, sasl });
  expect(results).toMatchObject([{ area: 'tls', verdict: 'warning' }]);
  expect(JSON.stringify(results)).not.toContain('planted');
});
