import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { runCommand } from '../support/run-command.ts';

const user = { username: 'receiver', password: 'correct horse' };
const login = {
  KAFKA_SASL_MECHANISM: 'plain',
  ALLOW_PLAINTEXT: 'true',
  KAFKA_SASL_USERNAME: user.username,
  KAFKA_SASL_PASSWORD: user.password,
};

interface Place extends Record<'plain' | 'tls' | 'sasl' | 'saslTls', string> {
  readonly ca: string;
  readonly anotherCa: string;
}

/** What is wrong, with which variables, and what the text has to name. */
const wrong: readonly (readonly [string, (place: Place) => Record<string, string>, readonly string[]])[] = [
  ['plain text to TLS', ({ tls }) => ({ KAFKA_BROKERS: tls }), ['KAFKA_TLS']],
  [
    'TLS to plain text',
    ({ plain, ca }) => ({ KAFKA_BROKERS: plain, KAFKA_TLS: 'true', STORE_TLS_CA_FILE: ca }),
    ['KAFKA_TLS'],
  ],
  ['no login', ({ sasl }) => ({ KAFKA_BROKERS: sasl }), ['KAFKA_SASL_MECHANISM']],
  [
    'a login where none is wanted',
    ({ plain }) => ({ KAFKA_BROKERS: plain, ...login }),
    ['KAFKA_SASL_MECHANISM'],
  ],
  ['no authority', ({ tls }) => ({ KAFKA_BROKERS: tls, KAFKA_TLS: 'true' }), ['STORE_TLS_CA_FILE']],
  [
    'another authority',
    ({ tls, anotherCa }) => ({
      KAFKA_BROKERS: tls,
      KAFKA_TLS: 'true',
      STORE_TLS_CA_FILE: anotherCa,
    }),
    ['STORE_TLS_CA_FILE'],
  ],
  [
    'another server name',
    ({ tls, ca }) => ({
      KAFKA_BROKERS: tls,
      KAFKA_TLS: 'true',
      STORE_TLS_CA_FILE: ca,
      STORE_TLS_SERVER_NAME: 'kafka.example.com',
    }),
    ['STORE_TLS_SERVER_NAME'],
  ],
  [
    'a login without TLS to a listener with TLS',
    ({ saslTls }) => ({ KAFKA_BROKERS: saslTls, ...login }),
    ['KAFKA_TLS'],
  ],
  [
    'a login with TLS to a listener without',
    ({ sasl, ca }) => ({
      KAFKA_BROKERS: sasl,
      KAFKA_TLS: 'true',
      STORE_TLS_CA_FILE: ca,
      ...login,
    }),
    ['KAFKA_TLS'],
  ],
  [
    'another password',
    ({ sasl }) => ({ KAFKA_BROKERS: sasl, ...login, KAFKA_SASL_PASSWORD: 'wrong' }),
    ['KAFKA_SASL_USERNAME', 'password'],
  ],
  [
    'a mechanism that the listener does not have',
    ({ sasl }) => ({
      KAFKA_BROKERS: sasl,
      ...login,
      KAFKA_SASL_MECHANISM: 'scram-sha-256',
    }),
    ['KAFKA_SASL_MECHANISM'],
  ],
];

describe('check, with one wrong setting', () => {
  const directory = mkdtempSync(join(tmpdir(), 'another-authority-'));
  let cluster: KafkaCluster;
  let place: Place;
  beforeAll(async () => {
    cluster = await startKafkaCluster({
      nodes: 1,
      tls: true,
      sasl: user,
      brokerConfig: { 'sasl.enabled.mechanisms': 'PLAIN' },
    });
    const { bootstrap: plain, tlsBootstrap: tls = '', saslBootstrap: sasl = '', certificates } = cluster;
    const { caFile: anotherCa } = await createTestCertificates(directory);
    const ca = certificates?.caFile ?? '';
    place = { plain, tls, sasl, saslTls: cluster.saslTlsBootstrap ?? '', ca, anotherCa };
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(directory, { recursive: true });
  });

  test.each(wrong)('%s: its text names what to change', async (_, toEnv, words) => {
    const { stdout } = await runCommand(['check'], {
      WEBHOOK_SECRET: 'a-secret-of-the-provider',
      LOG_LEVEL: 'error',
      ...toEnv(place),
    });
    const failed = stdout.split('\n').filter((line) => line.includes('does not do what was asked'));
    for (const word of words) {
      expect(failed.join()).toContain(word);
    }
    expect(failed.join()).not.toContain('check KAFKA_BROKERS');
  });
});
