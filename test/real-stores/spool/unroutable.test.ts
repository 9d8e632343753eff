import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { delivery } from '../../support/http-text.ts';
import { declareQueue, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { startTestReceiver, temporaryDirectory } from '../../support/test-receiver.ts';

const event = (key: string, revision: number) =>
  `{"eventId":"${key}-${revision}","name":"message.sent","payload":{"messageId":"${key}"},"revision":${revision}}`;
const deadLetters = 'routed.dead-letter';
const twenty = Array.from({ length: 20 }, (_, index) => index + 1);

test('an event without a route stops nothing: it is refused while RabbitMQ is there, and a dead letter out of the spool', async () => {
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
      RABBITMQ_DEAD_LETTER_QUEUE: deadLetters,
      SPOOL_DIR: temporaryDirectory(),
    },
  });
  await expect.poll(() => receiver.ready()).toBe(true);
  const post = async (key: string, revision: number) =>
    (await sendRaw(receiver.url, delivery(event(key, revision)))).status;
  const spooled = () => receiver.metric('comapi_webhook_spool_records');
  const valuesIn = async (queue: string) =>
    (await drainQueue(cluster.url, queue)).map(({ content }) => content.toString());

  expect(await post('bound', 0)).toBe(200);
  expect(await post('unbound', 0)).toBe(503);
  expect(await Promise.all(twenty.map((revision) => post('bound', revision)))).toEqual(twenty.map(() => 200));
  expect(await spooled()).toBe(0);
  expect(await valuesIn('bound')).toHaveLength(21);
  expect(await receiver.metrics()).toMatch(/requests_total{.*reason="sink_unroutable".*} 1$/m);

  const [node] = cluster.nodes;
  await node?.stop();
  expect(await post('bound', 0)).toBe(200);
  expect(await post('unbound', 0)).toBe(200);
  for (const revision of twenty) {
    expect(await post('bound', revision)).toBe(200);
  }
  expect(await spooled()).toBe(22);
  node?.start();
  await cluster.whenReady();
  await expect.poll(spooled).toBe(0);
  expect([...new Set(await valuesIn('bound'))]).toEqual(
    [0, ...twenty].map((revision) => event('bound', revision)),
  );
  const [letter, ...others] = await drainQueue(cluster.url, deadLetters);
  expect([letter?.content.toString(), letter?.properties.headers?.reason, others]).toEqual([
    event('unbound', 0),
    'rejected_by_broker',
    [],
  ]);
  expect(await receiver.metric('comapi_webhook_spool_set_aside_records')).toBe(0);

  // And it goes to the store again, by itself.
  expect(await receiver.ready()).toBe(true);
  expect(await post('bound', 21)).toBe(200);
  expect([await spooled(), await valuesIn('bound')]).toEqual([0, [event('bound', 21)]]);
});
