import { rm } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { installPlatformApp, runUntilSigterm } from '../../support/platform-app.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { runCommand } from '../../support/run-command.ts';

test('npm start on a platform with CLOUDAMQP_URL stores every event that it answers, until SIGTERM ends it in time', async () => {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  const store = { CLOUDAMQP_URL: cluster.url };
  expect(await runCommand(['topics'], store)).toMatchObject({ code: 0 });
  const app = installPlatformApp();
  onTestFinished(() => rm(app, { recursive: true, force: true }));

  const acknowledged = await runUntilSigterm({ app, store, signalTo: 'the process group' });
  const values = new Set(
    (await drainQueue(cluster.url, 'comapi.events')).map(({ content }) => String(content)),
  );
  expect(acknowledged.filter((event) => !values.has(event))).toEqual([]);
});
