import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { ReceiverReport } from '../../src/observe/status/status-report.ts';
import { postWebhook } from '../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import { freePorts } from '../support/free-ports.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { startReceiverProcess } from '../support/receiver-process.ts';
import { runCommand } from '../support/run-command.ts';
import { waitUntil } from '../support/wait-until.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';

/** Creates an address that forwards to a switchable port. */
async function createSwitch(port: number) {
  const sockets = new Set<Socket>();
  let target = port;
  const [own = 0] = await freePorts(1);
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from) && to.destroy());
    }
  });
  return {
    address: `127.0.0.1:${own}`,
    listen: () => new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve)),
    lead(to: number) {
      target = to;
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    close: () => server.close(),
  };
}

test('a receiver says that another cluster answers, and stores into it', async () => {
  const door = await createSwitch(0);
  const clusters = await Promise.all(
    ['old', 'new'].map(() => startKafkaCluster({ nodes: 1, advertise: () => door.address })),
  );
  onTestFinished(async () => {
    door.close();
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });
  const [before, after] = clusters as [(typeof clusters)[0], (typeof clusters)[0]];
  for (const { internalBootstrap } of clusters) {
    await createTopic(internalBootstrap, 'comapi.events', { partitions: 1 });
    await createTopic(internalBootstrap, 'comapi.events.dead-letter', { partitions: 1 });
  }
  door.lead(before.brokers[0]?.port ?? 0);
  await door.listen();
  const receiver = await startReceiverProcess({ KAFKA_BROKERS: door.address, WEBHOOK_SECRET: secret });
  const post = async () => {
    const body = Buffer.from(JSON.stringify(createSampleEvent({ name: 'message.sent' })));
    const url = new URL(`${receiver.url}/webhook`);
    const given = { url, body, secret, timeoutMs: 20_000 };
    return (await postWebhook(given)).status;
  };
  const readStore = async () => {
    const { store } = (await (await fetch(`${receiver.managementUrl}/status.json`)).json()) as ReceiverReport;
    return store;
  };
  expect(await post()).toBe(200);
  expect(await readStore()).not.toHaveProperty('notice');

  door.lead(after.brokers[0]?.port ?? 0);
  await waitUntil(() => receiver.stderr().includes('another Kafka cluster responds'), {
    timeoutMs: 30_000,
    what: 'it is logged',
    pollMs: 100,
  });
  await waitUntil(
    async () => (await readStore()).notice?.includes('another Kafka cluster responds') === true,
    {
      timeoutMs: 30_000,
      what: 'the status shows it',
    },
  );
  await waitUntil(async () => (await post()) === 200, { timeoutMs: 20_000, what: 'it stores', pollMs: 200 });
  const { port } = new URL(receiver.managementUrl);
  const { code, stdout } = await runCommand(['status'], {
    MANAGEMENT_HOST: '127.0.0.1',
    MANAGEMENT_PORT: port,
  });
  expect(stdout).toMatch(/^WARNING {2}Events are stored, but Kafka has a warning\.$/m);
  expect(code).toBe(0);
  expect(await readTopic({ bootstrap: after.internalBootstrap, topic: 'comapi.events' })).not.toEqual([]);
});
