import { describe, expect, test } from 'vitest';
import {
  checkKafkaLogin,
  checkPlaintextLogin,
  checkTracesHeaders,
} from '../../src/config/check-plaintext-login.ts';
import { readTracesConfig } from '../../src/config/traces-config.ts';
import type { Env } from '../../src/runtime/config-error.ts';

describe('check plaintext login', () => {
  test('only a password without TLS is a warning, which names the variable that allows it', () => {
    const options = { allow: 'STORE_ALLOW_PLAINTEXT', store: 'the store' };
    expect(checkPlaintextLogin({ ...options, isPlaintext: false })).toEqual([]);
    expect(checkPlaintextLogin({ ...options, isPlaintext: true })).toMatchObject([
      { area: 'tls', verdict: 'warning', text: expect.stringContaining('STORE_ALLOW_PLAINTEXT') },
    ]);
  });
});

test('check headers of traces: only some without TLS are a warning, without their values', () => {
  const read = (env: Env) => readTracesConfig({ TRACES_ALLOW_PLAINTEXT: 'true', ...env }, []);
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'x-key=planted' };
  expect(checkTracesHeaders(undefined)).toEqual([]);
  expect(checkTracesHeaders(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }))).toEqual([]);
  expect(checkTracesHeaders(read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector', ...headers }))).toEqual(
    [],
  );
  const results = checkTracesHeaders(
    read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', ...headers }),
  );
  expect(results).toMatchObject([
    { area: 'tls', verdict: 'warning', text: expect.stringContaining('TRACES_ALLOW_PLAINTEXT') },
  ]);
  expect(JSON.stringify(results)).not.toContain('planted');
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
