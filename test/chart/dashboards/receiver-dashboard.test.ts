import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { receiverDashboard } from '../../../charts/generate/dashboards/receiver-dashboard.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { startPrometheus } from './prometheus.ts';
import { highestValue, listEmptyQueries, queryPanels } from './query-panels.ts';
import { startTraffic } from './receiver-traffic.ts';

const secrets = ['f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13', '0b9c4f53-2c4e-4bde-a9f1-4a3a3f3a7d11'];
const labels = { namespace: 'messaging', job: 'events-receiver-metrics' };
let kafka: KafkaCluster;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'dashboard-'));
  kafka = await startKafkaCluster({ nodes: 1 });
  for (const topic of ['comapi.events', 'comapi.events.dead-letter']) {
    await createTopic(kafka.bootstrap, topic, { partitions: 3 });
  }
});
afterAll(async () => {
  await kafka.stop();
  rmSync(directory, { recursive: true });
});

test('every query of every panel returns data of a receiver that met traffic and an outage', async () => {
  const [broker] = kafka.brokers;
  const webhooksFile = join(directory, 'webhooks.json');
  const receivers = await Promise.all(
    // One receiver has no spool and the other has one, so the outage affects them differently.
    [{}, { SPOOL_DIR: join(directory, 'spool') }].map((spool) => {
      writeWebhooks(webhooksFile);
      return startReceiverProcess({
        WEBHOOKS_FILE: webhooksFile,
        KAFKA_BROKERS: kafka.bootstrap,
        ...spool,
      });
    }),
  );
  const prometheus = await startPrometheus(
    receivers.map(({ managementUrl }, index) => ({
      address: new URL(managementUrl).host,
      labels: { ...labels, pod: `receiver-${index}` },
    })),
  );
  onTestFinished(() => prometheus.stop());
  const from = Date.now() / 1000;
  const traffic = receivers.map(({ url }) => startTraffic({ url, paths: ['/messages', '/chat'], secrets }));
  // The panels need data from three phases: normal operation, an outage, and the time after it.
  await delay(trafficMs);
  // Pausing the broker first ensures that requests are in flight when it is killed.
  broker?.pause();
  await delay(500);
  await broker?.kill9();
  await delay(trafficMs / 2);
  broker?.start();
  await kafka.whenReady();
  await delay(trafficMs);
  await Promise.all(traffic.map(({ stop }) => stop()));

  const drawn = await queryPanels(receiverDashboard, prometheus, { from, to: Date.now() / 1000, labels });
  expect(listEmptyQueries(drawn)).toEqual([]);
  // The series exists from the start, so the rate shows its increase during the outage.
  expect(highestValue(drawn, 'Retried records by cause')).toBeGreaterThan(0);
});

const trafficMs = 8_000;

function writeWebhooks(file: string): void {
  const entry = (name: string) => {
    const secretsDir = mkdtempSync(join(directory, name));
    writeFileSync(join(secretsDir, 'current'), secrets[0] ?? '');
    writeFileSync(join(secretsDir, 'previous'), secrets[1] ?? '');
    return { name, path: `/${name}`, secretsDir };
  };
  writeFileSync(file, JSON.stringify([entry('messages'), entry('chat')]));
}
