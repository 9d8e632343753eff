import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { declareQueue, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes } from '../../support/read-spool.ts';
import { startTestReceiver, temporaryDirectory } from '../../support/test-receiver.ts';

const event = (key: string, revision: number) =>
  `{"eventId":"${key}-${revision}","name":"message.sent","payload":{"messageId":"${key}"},"revision":${revision}}`;
const deadLetters = 'routed.dead-letter';
const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

test('an event without a route stops nothing: it waits in the spool until it has one', async () => {
  const cluster = await startRabbitMqCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  await declareQueue(cluster.url, 'bound');
  await declareQueue(cluster.url, deadLetters);
  await withChannel(cluster.url, async (channel) => {
    await channel.assertExchange('routed', 'direct');
    await channel.bindQueue('bound', 'routed', 'bound');
  });
  // A queue that is younger is lost with its messages when all servers end.
  await delay(3_000);
  const receiver = await startTestReceiver({
    env: {
      RABBITMQ_URL: cluster.url,
      RABBITMQ_EXCHANGE: 'routed',
      SPOOL_DIR: temporaryDirectory(),
    },
  });
  await expect.poll(() => receiver.ready()).toBe(true);
  const post = async (key: string, revision: number) =>
    (await sendRaw(receiver.url, delivery(event(key, revision)))).status;
  const written = () => receiver.metric('comapi_webhook_spool_written_records_total');
  const valuesIn = async (queue: string) =>
    (await drainQueue(cluster.url, queue)).map(({ content }) => content.toString());

  expect(await post('bound', 0)).toBe(200);
  expect(await post('unbound', 0)).toBe(200);
  expect(await Promise.all(twenty.map((revision) => post('bound', revision)))).toEqual(twenty.map(() => 200));
  expect(await written()).toBe(1);
  expect(await valuesIn('bound')).toHaveLength(21);

  const [node] = cluster.nodes;
  await node?.stop();
  expect(await post('unbound', 1)).toBe(200);
  for (const revision of twenty) {
    expect(await post('bound', revision)).toBe(200);
  }
  expect(await written()).toBe(22);
  node?.start();
  await cluster.whenReady();
  const stored = new Set<string>();
  const storedOnes = async () => {
    for (const value of await valuesIn('bound')) {
      stored.add(value);
    }
    return stored.size;
  };
  await expect.poll(storedOnes).toBe(20);
  expect(await spoolBytes(receiver)).toBeGreaterThan(0);
  expect(await post('bound', 21)).toBe(200);

  await withChannel(cluster.url, (channel) => channel.bindQueue('bound', 'routed', 'unbound'));
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
  await storedOnes();
  expect(stored).toEqual(
    new Set([
      ...[...twenty, 21].map((each) => event('bound', each)),
      event('unbound', 0),
      event('unbound', 1),
    ]),
  );
  expect(await valuesIn(deadLetters)).toEqual([]);
  expect(await receiver.ready()).toBe(true);
  expect(await post('unbound', 2)).toBe(200);
  expect(await valuesIn('bound')).toEqual([event('unbound', 2)]);
});
