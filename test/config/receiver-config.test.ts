import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { ConfigError, type Env } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const secret = 'a secret of enough characters';

function problemsOf(env: Env): Record<string, string> {
  try {
    loadReceiverConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
    }
    throw error;
  }
  return {};
}

describe('loadReceiverConfig', () => {
  test('has the documented defaults', () => {
    const config = loadReceiverConfig({ WEBHOOK_SECRET: secret });
    expect(config).toMatchObject({
      http: {
        host: '::',
        port: 8080,
        requestBudgetMs: 8_000,
        maxBodyBytes: 10_485_760,
      },
      management: { host: '127.0.0.1', port: 9090 },
      webhooks: [
        {
          name: 'default',
          path: '/webhook',
          topics: { events: 'comapi.events', deadLetter: 'comapi.events.dead-letter' },
        },
      ],
      store: { kind: 'journal', dataDir: './data' },
      shutdown: { delayMs: 5_000, timeoutMs: 25_000 },
      logLevel: 'info',
    });
    expect(config.logFormat).toBeUndefined();
    expect(loadReceiverConfig({})).toMatchObject({
      webhooks: [{ secrets: { kind: 'generated', file: 'data/secret' } }],
      shutdown: { delayMs: 0 },
    });
  });

  test('takes PORT where HTTP_PORT is not set, and an empty variable as not set', () => {
    expect(loadReceiverConfig({ WEBHOOK_SECRET: secret, PORT: '5000', HTTP_PORT: '' }).http.port).toBe(5000);
    expect(loadReceiverConfig({ WEBHOOK_SECRET: secret, PORT: '5000', HTTP_PORT: '6000' }).http.port).toBe(
      6000,
    );
  });

  test('lists everything that is wrong at once', () => {
    const problems = problemsOf({
      HTTP_PORT: '80a',
      MANAGEMENT_PORT: '70000',
      REQUEST_BUDGET_MS: '9501',
      LOG_LEVEL: 'loud',
      KEY_RULES: 'message=payload.id',
      RECORD_HEADERS: 'webhook=mine',
      KAFKA_BROKERS: 'kafka',
      KAFKA_TOPIC: 'no spaces',
      TLS_CERT_FILE: '/does/not/exist.pem',
    });
    expect(problems).toMatchObject({
      HTTP_PORT: '"80a" is not a whole number from 0 to 65535.',
      MANAGEMENT_PORT: '"70000" is not a whole number from 0 to 65535.',
      REQUEST_BUDGET_MS: '"9501" is not a whole number from 1500 to 9500.',
      LOG_LEVEL: expect.stringContaining('"loud" is not one of'),
      KEY_RULES: 'the rule for "*" (all other families) is missing.',
      RECORD_HEADERS: 'header 1 is webhook, which is reserved for the receiver.',
      KAFKA_BROKERS: '"kafka" is not host:port.',
      KAFKA_TOPIC: expect.stringContaining('"no spaces" is not a topic name'),
      TLS_CERT_FILE: expect.stringContaining('cannot be read'),
      TLS_KEY_FILE: expect.stringContaining('TLS needs both'),
      WEBHOOK_SECRETS_DIR: expect.stringContaining('without a secret, signatures cannot be checked'),
    });
  });

  test.each<[string, Env, string]>([
    ['no secret with Kafka', { KAFKA_BROKERS: 'a:1' }, 'WEBHOOK_SECRETS_DIR'],
    ['no secret in production', { NODE_ENV: 'production', DATA_DIR: '/srv' }, 'WEBHOOK_SECRETS_DIR'],
    [
      'a journal in production whose place nobody chose',
      { WEBHOOK_SECRET: secret, NODE_ENV: 'production' },
      'KAFKA_BROKERS',
    ],
    [
      'a shutdown that cuts requests off',
      { WEBHOOK_SECRET: secret, SHUTDOWN_TIMEOUT_MS: '12999' },
      'SHUTDOWN_TIMEOUT_MS',
    ],
    ['one port for both servers', { WEBHOOK_SECRET: secret, PORT: '9090' }, 'MANAGEMENT_PORT'],
    [
      'one port on an address that the other server has too',
      { WEBHOOK_SECRET: secret, HTTP_PORT: '9000', MANAGEMENT_PORT: '9000', MANAGEMENT_HOST: '127.0.0.1' },
      'MANAGEMENT_PORT',
    ],
    ['a path that is none', { WEBHOOK_SECRET: secret, WEBHOOK_PATH: 'webhook/:id' }, 'WEBHOOK_PATH'],
  ])('refuses %s', (_name, env, variable) => {
    expect(Object.keys(problemsOf(env))).toEqual([variable]);
  });

  test('takes a shutdown that has the time of its delay and of a request', () => {
    expect(problemsOf({ WEBHOOK_SECRET: secret, SHUTDOWN_TIMEOUT_MS: '13000' })).toEqual({});
  });

  test('never prints a secret', () => {
    const file = join(temporaryDirectory(), 'webhooks.json');
    writeFileSync(file, `[{"name":"a","path":"/a","secret":"tooshort"},{"secret":"${secret}","topic":7}]`);
    const problems = JSON.stringify([
      problemsOf({ WEBHOOK_SECRET: 'tooshort' }),
      problemsOf({ WEBHOOKS_FILE: file }),
    ]);
    expect(problems).not.toContain('tooshort');
    expect(problems).not.toContain(secret);
  });

  test.each([
    'HTTP_PORT',
    'MANAGEMENT_PORT',
    'WEBHOOK_PATH',
    'WEBHOOK_SECRETS_DIR',
    'WEBHOOKS_FILE',
    'KEY_RULES',
    'RECORD_HEADERS',
    'LOG_LEVEL',
    'TLS_KEY_FILE',
    'KAFKA_BROKERS',
    'KAFKA_TOPIC',
    'KAFKA_TLS',
    'STORE_TLS_CA_FILE',
    'KAFKA_SASL_MECHANISM',
    'KAFKA_SASL_PASSWORD_FILE',
  ])('refuses credentials in %s, alone or inside a URL, without showing them', (variable) => {
    const sasl = { KAFKA_TLS: 'true', KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' };
    for (const value of [
      'a planted secret',
      'https://user:planted@h:9092/',
      'user:planted@h:9092',
      'u:planted@h',
    ]) {
      const env = { KAFKA_BROKERS: 'a:1', ...sasl, TLS_CERT_FILE: '/dev/null', [variable]: value };
      const problems = problemsOf(env);
      expect(Object.keys(problems)).toContain(variable);
      expect(JSON.stringify(problems)).not.toContain('planted');
    }
  });

  test.each([
    ['ftp://hooks.example.com', 'is not an http:// or https:// URL'],
    ['https://user:planted@hooks.example.com', 'contains a user name or a password'],
    ['https://hooks.example.com/?', 'has a query or a fragment'],
  ])('refuses %s as PUBLIC_URL', (url, fault) => {
    const problems = problemsOf({ WEBHOOK_SECRET: secret, PUBLIC_URL: url });
    expect(problems).toEqual({ PUBLIC_URL: expect.stringContaining(fault) });
    expect(JSON.stringify(problems)).not.toMatch(/planted|user@/);
  });

  test('refuses a PUBLIC_URL with the path of a webhook, and takes one with the path of a proxy', () => {
    const problems = (url: string, env: Env = {}) =>
      problemsOf({ WEBHOOK_SECRET: secret, PUBLIC_URL: url, ...env });
    const refusal = {
      PUBLIC_URL: expect.stringContaining('the path of a webhook. Remove the path'),
    };
    expect(problems('https://hooks.example.com/webhook')).toEqual(refusal);
    expect(problems('https://hooks.example.com/webhook/')).toEqual(refusal);
    expect(problems('https://hooks.example.com/in/chat', { WEBHOOK_PATH: '/in/chat' })).toEqual(refusal);
    expect(problems('https://hooks.example.com/team/a')).toEqual({});
  });
});
