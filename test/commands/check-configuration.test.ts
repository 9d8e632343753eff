import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkSecrets, describeConfiguration } from '../../src/commands/check-configuration.ts';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import type { SecretSource } from '../../src/config/secret-source.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('check configuration', () => {
  test('shows the settings and those of the store, without secrets', () => {
    const env = { WEBHOOK_SECRET: 'a planted secret of the test', PUBLIC_URL: 'https://a.example' };
    const settings = describeConfiguration(loadReceiverConfig(env, 512 * 1024 * 1024), [
      ['store', 'a store'],
    ]);
    expect(Object.fromEntries(settings)).toEqual({
      'listens on': 'http, :: port 8080; management 127.0.0.1 port 9090',
      'public URL': 'https://a.example',
      'webhook default': '/webhook → comapi.events, dead letters → comapi.events.dead-letter',
      limits: 'body 10485760 bytes, 2048 requests and 67108864 bytes in flight',
      times: 'response 8000 ms, body 5000 ms, shutdown 25000 ms',
      store: 'a store',
      'log level': 'info',
    });
  });
  test('shows the spool and its bound', () => {
    const env = {
      WEBHOOK_SECRET: 'a planted secret of the test',
      KAFKA_BROKERS: 'b:9092',
      SPOOL_DIR: '/spool',
    };
    const settings = Object.fromEntries(describeConfiguration(loadReceiverConfig(env), []));
    expect(settings.spool).toBe('/spool, at most 1073741824 bytes');
  });

  test('shows where the rules send events', () => {
    const env = {
      WEBHOOK_SECRET: 'a planted secret of the test',
      TOPIC_RULES: 'message.inbound=in;chat.*=chats',
    };
    const settings = Object.fromEntries(describeConfiguration(loadReceiverConfig(env), []));
    expect(settings['topics of default']).toBe('message.inbound → in, chat.* → chats');
  });
});

describe('check secrets', () => {
  const check = (secrets: SecretSource) =>
    checkSecrets([
      { name: 'crm', path: '/crm', secrets, topics: { events: 't', deadLetter: 'd', latest: 't.latest' } },
    ]);

  test.each([
    [['ab'.repeat(18)], 'ok', 'crm: 1 secret: s0 (36 characters)'],
    [
      ['ab'.repeat(18), `b${'ab'.repeat(17)}`],
      'warning',
      'crm: 2 secrets: s0 (36 characters), s1 (35 characters)',
    ],
  ])('the number and the length of secrets are shown', (values, verdict, text) => {
    const secrets = values.map((value, index) => ({ label: `s${index}`, value }));
    expect(check({ kind: 'values', secrets })).toMatchObject([{ area: 'secrets', verdict, text }]);
  });

  test('a bad secret is an error beside a good one, and alone', () => {
    const judge = (...values: readonly string[]) =>
      check({ kind: 'values', secrets: values.map((value, index) => ({ label: `s${index}`, value })) }).map(
        ({ verdict, text }) => [verdict, text],
      );
    const bad = ['error', expect.stringContaining('crm: the secret "s1" has 5 characters')];
    expect(judge('ab'.repeat(18), 'short')).toEqual([['ok', 'crm: 1 secret: s0 (36 characters)'], bad]);
    expect(judge()).toEqual([['error', 'crm: has no usable secret']]);
  });

  test('a generated secret is a warning, before and after it is made', () => {
    const file = join(temporaryDirectory(), 'secret');
    expect(check({ kind: 'generated', file })[0]).toMatchObject({
      verdict: 'warning',
      text: expect.stringContaining('the first start generates a development secret'),
    });
    writeFileSync(file, '');
    expect(check({ kind: 'generated', file })[0]?.text).toContain('uses the generated development secret');
  });
});
