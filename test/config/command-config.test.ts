import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadCommandConfig, loadTopicsConfig } from '../../src/config/command-config.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

function writeWebhooks(): string {
  const file = join(temporaryDirectory(), 'webhooks.json');
  writeFileSync(
    file,
    JSON.stringify([
      { name: 'plain', path: '/plain', secretsDir: '/nowhere' },
      { name: 'crm', path: '/crm', secretsDir: '/nowhere', topic: 'crm' },
    ]),
  );
  return file;
}

describe('loadCommandConfig', () => {
  test('needs no secret, and knows the topics of registrations that have their own', () => {
    expect(loadCommandConfig({ WEBHOOKS_FILE: writeWebhooks(), MAX_BODY_BYTES: '2048' })).toMatchObject({
      store: { kind: 'journal' },
      topics: { events: 'comapi.events' },
      webhookTopics: [
        { webhook: 'plain', events: 'comapi.events', latest: 'comapi.events.latest' },
        {
          webhook: 'crm',
          events: 'crm',
          deadLetter: 'crm.dead-letter',
          latest: 'crm.latest',
        },
      ],
      maxBodyBytes: 2_048,
    });
  });

  test('lists every problem at once', () => {
    const env = { KEY_RULES: 'x', MAX_BODY_BYTES: '1', KAFKA_TOPIC: 'a b', KAFKA_BROKERS: 'x' };
    expect(() => loadCommandConfig(env)).toThrow(
      /KAFKA_BROKERS: .*MAX_BODY_BYTES: .*KAFKA_TOPIC: .*KEY_RULES: /s,
    );
  });
});

describe('loadTopicsConfig', () => {
  test('needs Kafka, but no key rules', () => {
    expect(loadTopicsConfig({ KAFKA_BROKERS: 'a:1', KEY_RULES: 'x' }).store.kind).toBe('kafka');
    expect(() => loadTopicsConfig({})).toThrow('KAFKA_BROKERS: is missing: set it to the host:port');
  });
});
