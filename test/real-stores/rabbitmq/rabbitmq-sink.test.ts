import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toEventTargets } from '../../../src/stores/rabbitmq/publish-target.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { declareQueue, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';

let cluster: RabbitMqCluster;

beforeAll(async () => {
  cluster = await startRabbitMqCluster({
    nodes: 1,
    tls: true,
    configuration: ['max_message_size = 100000'],
  });
});

afterAll(() => cluster?.stop());

async function freshQueue(args?: Record<string, unknown>): Promise<string> {
  const queue = `sink-${randomUUID()}`;
  await declareQueue(cluster.url, queue, args);
  return queue;
}

const inTime = () => deadlineIn(8_000);

describe('the RabbitMQ sink on a healthy server', () => {
  test('publishes to an exchange with the key, and refuses only what is routed nowhere', async () => {
    const exchange = `exchange-${randomUUID()}`;
    const queue = await freshQueue();
    await withChannel(cluster.url, async (channel) => {
      await channel.assertExchange(exchange, 'direct');
      await channel.bindQueue(queue, exchange, 'bound');
    });
    const { sink, log } = await startTestSink({
      url: cluster.url,
      topics: [[exchange, toEventTargets(exchange, { exchange })]],
    });
    const unbound = createRecord(exchange, 'unbound');
    const [bad, good, tooLong] = await Promise.allSettled([
      sink.append([unbound], inTime()),
      sink.append([createRecord(exchange, 'bound')], inTime()),
      sink.append([createRecord(exchange, 'k'.repeat(256))], inTime()),
    ]);
    expect(good).toEqual({ status: 'fulfilled', value: [] });
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'sink_unroutable' } });
    expect(String(bad.status === 'rejected' && bad.reason)).toContain('cannot route a record to a queue');
    expect(tooLong).toEqual({ status: 'fulfilled', value: [{ index: 0, reason: 'rejected_by_broker' }] });
    expect(await drainQueue(cluster.url, queue)).toHaveLength(1);
    expect(log.text()).toContain('did not route messages to any queue');
    expect(sink.health().up).toBe(true);
  });
});

test('the sink warns of a queue that drops events, and tells when it is gone', async () => {
  const queue = await freshQueue({ 'x-queue-type': 'classic', 'x-max-length': 10 });
  const { log, metric } = await startTestSink({
    url: cluster.url,
    topics: [queue],
    settings: { durabilityCheckMs: 300 },
  });
  await expect.poll(() => metric('topic_weakness', { topic: queue })).toBe(1);
  expect(log.text()).toContain('drops the oldest events');
  expect(log.text()).toContain('one disk');
  const warnings = () => log.lines.filter(({ level }) => level === 40).length;
  const before = warnings();
  await delay(1_000);
  expect(warnings()).toBe(before);
  await withChannel(cluster.url, (channel) => channel.deleteQueue(queue));
  await expect.poll(() => metric('topic_weakness', { topic: queue })).toBe(2);
});
