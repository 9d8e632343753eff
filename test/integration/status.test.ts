import { expect, onTestFinished, test } from 'vitest';
import type { ReceiverReport } from '../../src/observe/status/status-report.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { freshTopicsEnv } from '../support/kafka-brokers.ts';
import { runCommand } from '../support/run-command.ts';
import { startTestReceiver, temporaryDirectory, testSecret } from '../support/test-receiver.ts';

const wait = { timeout: 60_000, interval: 200 };

async function start(env: Readonly<Record<string, string>>) {
  const receiver = await startTestReceiver({ env });
  const states = async () => {
    const answer = await fetch(`${receiver.managementUrl}/status.json`);
    const { headline, otherProblems } = (await answer.json()) as ReceiverReport;
    return [headline, ...otherProblems].map(({ id }) => id);
  };
  const post = async () => {
    const body = Buffer.from(JSON.stringify(createSampleEvent({ name: 'message.sent' })));
    const headers = { 'x-comapi-signature': signBody(body, testSecret) };
    return (await fetch(`${receiver.url}/webhook`, { method: 'POST', body, headers })).status;
  };
  const exitCode = async () => {
    const { port } = new URL(receiver.managementUrl);
    return (await runCommand(['status'], { MANAGEMENT_HOST: '127.0.0.1', MANAGEMENT_PORT: port })).code;
  };
  return { ...receiver, states, post, exitCode };
}

test('on Kafka: topics that are missing, and are created then', async () => {
  const env = await freshTopicsEnv();
  const { states, ready, exitCode } = await start(env);
  expect((await states())[0]).toBe('starting');
  await expect.poll(states, wait).toContain('store_unavailable');
  expect(await exitCode()).toBe(1);
  for (const topic of [env.KAFKA_TOPIC, env.KAFKA_DEAD_LETTER_TOPIC]) {
    await createTopic(env.KAFKA_BROKERS, topic, { partitions: 1 });
  }
  await expect.poll(ready, wait).toBe(true);
  await expect.poll(async () => (await states())[0], wait).toBe('topic_weak');
  expect(await exitCode()).toBe(0);
});

test('with a spool: Kafka that is unavailable, a spool that fills, and Kafka that is back', async () => {
  const cluster = await startKafkaCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  const [broker] = cluster.brokers as [Broker];
  for (const topic of ['comapi.events', 'comapi.events.dead-letter']) {
    await createTopic(cluster.internalBootstrap, topic, { partitions: 1 });
  }
  const { states, post, ready, exitCode } = await start({
    ...{ KAFKA_BROKERS: cluster.bootstrap, SPOOL_DIR: temporaryDirectory() },
    ...{ SPOOL_MAX_BYTES: '65536', MAX_BODY_BYTES: '16384' },
  });
  await expect.poll(ready, wait).toBe(true);
  expect(await post()).toBe(200);
  await broker.kill9();
  expect(await post()).toBe(200);
  await expect.poll(async () => (await states())[0], wait).toBe('spool_in_use');
  expect(await exitCode()).toBe(0);
  await expect
    .poll(async () => {
      await Promise.all(Array.from({ length: 8 }, post));
      return (await states())[0];
    }, wait)
    .toMatch(/^(spool_filling|store_and_spool_unavailable)$/);
  expect(await exitCode()).toBe(1);
  broker.start();
  await expect.poll(states, { ...wait, timeout: 120_000 }).not.toContain('spool_filling');
  await expect.poll(async () => (await states())[0], wait).toBe('topic_weak');
});
