import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTestCertificates } from '../../support/kafka/test-certificates.ts';
import { installPlatformApp, runUntilSigterm } from '../../support/platform-app.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { startTlsFront } from '../../support/redis/tls-front.ts';

test('npm start on a platform with REDIS_URL stores every event that it answers, until SIGTERM ends it in time', async () => {
  const password = 'only-for-this-test';
  const directory = await mkdtemp(join(tmpdir(), 'platform-redis-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  // As Heroku's add-on does it: TLS with a certificate that nobody can check.
  const { serverCertFile, serverKeyFile } = await createTestCertificates(directory);
  const server = await startRedisServer({ password });
  onTestFinished(() => server.stop());
  const front = await startTlsFront({ to: server.port, certFile: serverCertFile, keyFile: serverKeyFile });
  onTestFinished(() => front.close());
  const app = installPlatformApp();
  onTestFinished(() => rm(app, { recursive: true, force: true }));

  const store = {
    REDIS_URL: `rediss://:${password}@127.0.0.1:${front.port}`,
    REDIS_TLS_ALLOW_ANY_CERTIFICATE: 'true',
  };
  const acknowledged = await runUntilSigterm({ app, store, signalTo: 'the process group' });
  const probe = await server.connect();
  onTestFinished(() => probe.close());
  const values = new Set((await readStoredRecords(probe, 'comapi.events')).map(({ value }) => String(value)));
  expect(acknowledged.filter((event) => !values.has(event))).toEqual([]);
});
