import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTestCertificates } from '../support/kafka/test-certificates.ts';
import { runCommand } from '../support/run-command.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const check = (env: Readonly<Record<string, string>>, args: readonly string[] = []) =>
  runCommand(['check', ...args], { WEBHOOK_SECRET: testSecret, DATA_DIR: temporaryDirectory(), ...env });

describe('check', () => {
  test('shows a configuration that is right, without its secrets', async () => {
    const { code, stdout } = await check({
      WEBHOOK_SECRET_PREVIOUS: 'a-secret-of-20-chars',
      TLS_KEY_PASSPHRASE: '',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^webhook default +\/webhook → comapi.events, dead letters → comapi.events.dead-letter$/m,
    );
    expect(stdout).toMatch(
      /^WARNING +secrets +default: 2 secrets: current \(36 characters\), previous \(20 characters\)\. The provider/m,
    );
    expect(stdout).toMatch(/^ok +store +the journal in .* is the store, .* GiB are free$/m);
    expect(stdout).not.toContain(testSecret);
    expect(stdout).not.toContain('a-secret-of-20-chars');
  });

  test('lists every problem of a configuration at once', async () => {
    const { code, stdout } = await check({
      HTTP_PORT: 'http',
      WEBHOOK_SECRET: 'short',
      KAFKA_BROKERS: 'broker',
    });
    expect(code).toBe(1);
    for (const variable of ['HTTP_PORT', 'WEBHOOK_SECRET', 'KAFKA_BROKERS']) {
      expect(stdout).toMatch(new RegExp(`^ERROR +configuration +${variable}: `, 'm'));
    }
  });

  test('judges the store without a secret, too', async () => {
    const { code, stdout } = await check({ WEBHOOK_SECRET: 'short', KAFKA_BROKERS: '127.0.0.1:1' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ERROR +configuration +WEBHOOK_SECRET: /m);
    expect(stdout).toMatch(/^ERROR +store +Kafka \(127\.0\.0\.1:1\) .*ECONNREFUSED/m);
  });

  test('warns of a name that nothing reads, and has an error where a receiver would not start', async () => {
    const { code, stdout } = await check({ KAFKA_BROKER: 'kafka:9092', POORT: '80' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^WARNING +configuration +KAFKA_BROKER: unknown variable\. Did you mean KAFKA_BROKERS\? With NODE_ENV=production, this is an error\.$/m,
    );
    expect(stdout).toMatch(/^WARNING +configuration +POORT: .* PORT\?$/m);
    expect(stdout).not.toContain('all variables are valid');
    const production = await check({ KAFKA_BROKER: 'kafka:9092', NODE_ENV: 'production' });
    expect(production.stdout).toMatch(/^ERROR +configuration +KAFKA_BROKER: /m);
    expect(production.code).toBe(1);
  });

  test('says that a login to Kafka without TLS is refused, and takes it where it was requested', async () => {
    const env = {
      KAFKA_BROKERS: '127.0.0.1:1',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'user',
      KAFKA_SASL_PASSWORD: 'a planted password',
    };
    const refused = await check(env);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(
      /^ERROR +configuration +KAFKA_TLS: is false, but KAFKA_SASL_MECHANISM is set/m,
    );
    const asked = await check({ ...env, ALLOW_PLAINTEXT: 'true' });
    expect(asked.stdout).toMatch(/^connection +no TLS, SASL plain as user/m);
    expect(refused.stdout + asked.stdout).not.toContain('planted');
  });

  test('does not make the secret that a development start would make', async () => {
    const dataDir = join(temporaryDirectory(), 'data');
    const { code, stdout } = await check({ WEBHOOK_SECRET: '', DATA_DIR: dataDir });
    expect(code).toBe(0);
    expect(stdout).toContain('the first start generates a development secret');
    expect(existsSync(dataDir)).toBe(false);
  });

  test('finds a certificate that ends soon, and a key that is not its own', async () => {
    const files = await createTestCertificates(temporaryDirectory());
    const soon = await check({ TLS_CERT_FILE: files.serverCertFile, TLS_KEY_FILE: files.serverKeyFile });
    expect(soon.code).toBe(0);
    expect(soon.stdout).toMatch(
      /^WARNING +tls +TLS_CERT_FILE: CN=server is valid until \d{4}-\d\d-\d\d, 1 days from now/m,
    );

    const other = await check({ TLS_CERT_FILE: files.serverCertFile, TLS_KEY_FILE: files.clientKeyFile });
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/^ERROR +tls +TLS_CERT_FILE: the key .* does not match this certificate/m);

    const none = await check({ TLS_CERT_FILE: files.serverKeyFile, TLS_KEY_FILE: files.serverKeyFile });
    expect(none.code).toBe(1);
    expect(none.stdout).toMatch(/^ERROR +tls +TLS_CERT_FILE: .* contains no certificate/m);
  });

  test('finds a directory that cannot be written', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    const { code, stdout } = await check({ DATA_DIR: join(file, 'data') });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^ERROR +store +cannot write to the journal in .*: .*\/file: this path is a file, not a directory\. Set DATA_DIR to /m,
    );
  });

  test('looks at the spool beside a store that does not answer', async () => {
    const { code, stdout } = await check({ KAFKA_BROKERS: '127.0.0.1:1', SPOOL_DIR: temporaryDirectory() });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^(ok|WARNING) +spool +the spool .* uses 0 MiB of at most 1024 MiB/m);
  });

  test('prints JSON', async () => {
    const file = join(temporaryDirectory(), 'webhooks.json');
    writeFileSync(file, JSON.stringify([{ name: 'crm', path: '/crm', secret: testSecret, topic: 'crm' }]));
    const { stdout } = await check({ WEBHOOK_SECRET: '', WEBHOOKS_FILE: file }, ['--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      configuration: { 'webhook crm': '/crm → crm, dead letters → crm.dead-letter' },
      results: [{ area: 'configuration', verdict: 'ok' }, { area: 'secrets', verdict: 'ok' }, {}],
    });
  });
});
