import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compareStored, readAccepted } from '../support/compare-stored.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { startCommand, startReceiverProcess } from '../support/receiver-process.ts';
import { temporaryDirectory, testSecret } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

/** 5 s of the provider's schedule are 0.25 s: the sixth retry is due 12.5 s after the first attempt. */
const timeScale = 20;
const outageSeconds = 8;

test('an outage of the broker over several retries loses nothing: all is accepted and stored in the end', async () => {
  const cluster = await startKafkaCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  const env = { KAFKA_BROKERS: cluster.bootstrap, WEBHOOK_SECRET: testSecret };
  expect(await startCommand(['topics', '--partitions', '6'], env).exited).toBe(0);
  const receiver = await startReceiverProcess(env);
  const metric = async (name: string) => {
    const text = await (await fetch(`${receiver.managementUrl}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`comapi_webhook_${name}`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };

  const ledger = join(temporaryDirectory(), 'ledger.jsonl');
  const args = ['--url', `${receiver.url}/webhook`, '--rate', '150', '--duration', '20s', '--seed', '2026'];
  const simulator = startCommand(
    ['simulate', '--as-provider', '--time-scale', String(timeScale), ...args, '--ledger', ledger, '--json'],
    env,
  );

  const [broker] = cluster.brokers;
  const wait = { timeoutMs: 60_000, what: 'the receiver stores events' };
  await waitUntil(async () => (await metric('events_total{webhook="default",outcome="stored"}')) > 300, wait);
  await broker?.kill9();
  await waitUntil(
    async () => {
      const since = await metric('sink_unavailable_since_timestamp_seconds');
      return since > 0 && Date.now() / 1_000 - since > outageSeconds;
    },
    { timeoutMs: 60_000, what: 'the outage is long enough' },
  );
  expect((await fetch(`${receiver.managementUrl}/readyz`)).status).toBe(200);
  broker?.start();

  const code = await simulator.exited;
  const report = JSON.parse(simulator.stdout());
  expect(report).toMatchObject({ events: 3_000, accepted: 3_000, lost: 0, unfinished: 0, lostBy: {} });
  expect(report.results[503]).toBeGreaterThan(1_000);
  expect(code).toBe(0);
  const accepted = readAccepted(ledger);
  const { problems } = await compareStored({ seed: 2026, events: 3_000, accepted, env, partitions: 6 });
  expect(problems).toEqual([]);

  const settled = readFileSync(ledger, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(settled).toHaveLength(3_000);
  expect(Math.max(...settled.map(({ attempts }) => attempts))).toBeGreaterThanOrEqual(5);

  // The same again by an independent reader: each identifier of the ledger is there.
  const records = await readTopic({ bootstrap: cluster.bootstrap, topic: 'comapi.events' });
  const stored = new Set(records.map(({ headers }) => headers.ce_id));
  expect(settled.filter(({ eventId }) => !stored.has(eventId))).toEqual([]);
});
