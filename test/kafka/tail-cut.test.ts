import { expect, onTestFinished, test } from 'vitest';
import { appendRecords, keysOf, toEventRecord } from '../support/append-records.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic, withAdmin } from '../support/kafka/topics.ts';
import { launchCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

test('tail says what an unclean election has taken back, and goes on where the log ends', async () => {
  const cluster = await startKafkaCluster({ nodes: 3 });
  onTestFinished(() => cluster.stop());
  const { internalBootstrap: bootstrap } = cluster;
  const [first, second] = cluster.brokers as [Broker, Broker, Broker];
  const configs = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' };
  await createTopic(bootstrap, 'events', { replicas: [1, 2], configs });
  await createTopic(bootstrap, 'dead', { replicationFactor: 3 });
  const env = {
    ...{ KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: 'events', KAFKA_DEAD_LETTER_TOPIC: 'dead' },
    MANAGEMENT_PORT: '0',
  };
  const send = (from: number, to: number) =>
    appendRecords(
      env,
      Array.from({ length: to - from }, (_, n) =>
        toEventRecord(`e-${from + n}`, 1, 'message.sent', { topic: 'events' }),
      ),
    );
  const whenLed = (inSync: readonly number[]) =>
    waitUntil(
      () =>
        withAdmin(bootstrap, async (admin) => {
          const { topics } = await admin.fetchTopicMetadata({ topics: ['events'] });
          return topics[0]?.partitions[0]?.isr.join() === inSync.join();
        }).catch(() => false),
      { timeoutMs: 60_000, what: `${inSync.join()} are in sync`, pollMs: 200 },
    );
  const tail = launchCommand(['tail', '--since', '1h'], env);
  onTestFinished(() => tail.interrupt());
  const keys = () => keysOf(tail.stdout());
  const whenShown = (count: number) =>
    waitUntil(async () => keys().length >= count, {
      timeoutMs: 60_000,
      what: `${count} events are shown, not ${keys().length}\n${tail.stderr()}`,
    });

  await send(0, 100);
  await whenShown(100);
  await second.kill9();
  await whenLed([1]);
  await send(100, 150);
  await whenShown(150);
  await first.kill9();
  second.start();
  await cluster.whenReady();
  await whenLed([2]);
  const said =
    'events/0 was cut back to offset 100, as after an unclean election: the records 100 to 149 that were read are lost, and what followed them. Reading goes on at offset 100.';
  await waitUntil(async () => tail.stderr().includes(said), { timeoutMs: 60_000, what: said });
  await send(200, 280);
  await whenShown(230);
  const expected = [
    ...Array.from({ length: 150 }, (_, n) => n),
    ...Array.from({ length: 80 }, (_, n) => 200 + n),
  ];
  expect(keys()).toEqual(expected.map((n) => `e-${n}`));
});
