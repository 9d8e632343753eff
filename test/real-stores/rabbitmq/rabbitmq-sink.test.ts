import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toEventTargets } from '../../../src/stores/rabbitmq/publish-target.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { declareQueue, quorum, withChannel } from '../../support/rabbitmq/declare-queue.ts';
import { type RabbitMqCluster, startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { createTestSink, startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { drainQueue } from '../../support/rabbitmq/read-queue.ts';
import { findDisorder, startSinkLoad } from '../../support/sink-load.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

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

const budgetMs = 8_000;
const inTime = () => deadlineIn(budgetMs);

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
    expect(String(bad.status === 'rejected' && bad.reason)).toContain('to no queue');
    expect(tooLong).toEqual({ status: 'fulfilled', value: [{ index: 0, reason: 'rejected_by_broker' }] });
    expect(await drainQueue(cluster.url, queue)).toHaveLength(1);
    expect(log.text()).toContain('routed messages to no queue');
    expect(sink.health().up).toBe(true);
  });

  test('goes over TLS, with a client certificate', async () => {
    const queue = await freshQueue();
    const { certificates, tlsUrl = '' } = cluster;
    const { caFile = '', clientCertFile: certFile = '', clientKeyFile: keyFile = '' } = certificates ?? {};
    const { sink } = await startTestSink({
      url: tlsUrl,
      topics: [queue],
      tls: { caFile, certFile, keyFile },
    });
    expect(await sink.append([createRecord(queue, 'a')], inTime())).toEqual([]);
    expect(await drainQueue(cluster.url, queue)).toHaveLength(1);
  });
});

describe('the RabbitMQ sink names why it takes nothing', () => {
  test('a queue that is missing, until it is there', async () => {
    const queue = `late-${randomUUID()}`;
    const { sink } = createTestSink({ url: cluster.url, topics: [queue] });
    const started = sink.start();
    await expect
      .poll(() => sink.health().detail)
      .toContain(`the queue ${queue} in the virtual host / does not exist`);
    await declareQueue(cluster.url, queue);
    await started;
    expect(await sink.append([createRecord(queue, 'a')], inTime())).toEqual([]);
  });

  test('a virtual host that has no connection left, until it has', async () => {
    const [node] = cluster.nodes;
    await node?.control('add_vhost', 'full');
    await node?.control('set_permissions', '-p', 'full', 'guest', '.*', '.*', '.*');
    await node?.control('set_vhost_limits', '-p', 'full', '{"max-connections": 0}');
    const { sink } = createTestSink({ url: `${cluster.url}/full`, topics: ['q'] });
    const started = sink.start();
    await expect.poll(() => sink.health().detail).toContain('connection limit (0) is reached');
    await node?.control('clear_vhost_limits', '-p', 'full');
    await declareQueue(`${cluster.url}/full`, 'q');
    await started;
    expect(await sink.append([createRecord('q', 'a')], inTime())).toEqual([]);
  });

  test('an exclusive queue of another connection', async () => {
    const queue = `exclusive-${randomUUID()}`;
    await withChannel(cluster.url, async (channel) => {
      await channel.assertQueue(queue, { exclusive: true });
      const { sink } = createTestSink({ url: cluster.url, topics: [queue] });
      sink.start().catch(() => undefined);
      await expect.poll(() => sink.health().detail).toContain('is exclusive');
    });
  });

  test('a wrong password in a file, until the file has another', async () => {
    const queue = await freshQueue();
    const file = join(temporaryDirectory(), 'url');
    writeFileSync(file, cluster.url.replace('guest:guest', 'guest:wrong'));
    const { sink } = createTestSink({ url: { file }, topics: [queue] });
    const started = sink.start();
    await expect.poll(() => sink.health().detail).toContain('refused the login');
    writeFileSync(file, `${cluster.url}\n`);
    await started;
    expect(await sink.append([createRecord(queue, 'a')], inTime())).toEqual([]);
  });

  test('a user without the right to write', async () => {
    const queue = await freshQueue();
    const [node] = cluster.nodes;
    await node?.control('add_user', 'reader', 'reader');
    await node?.control('set_permissions', '-p', '/', 'reader', '', '^$', '.*');
    const { sink } = createTestSink({
      url: cluster.url.replace('guest:guest', 'reader:reader'),
      topics: [queue],
    });
    await sink.start();
    const startedAt = Date.now();
    await expect(sink.append([createRecord(queue, 'a')], inTime())).rejects.toThrow('ACCESS_REFUSED');
    // At once, not with its deadline.
    expect(Date.now() - startedAt).toBeLessThan(budgetMs / 2);
    await node?.control('set_permissions', '-p', '/', 'reader', '', '^amq\\.default$', '');
    await expect.poll(() => sink.append([createRecord(queue, 'a')], inTime()).catch(String)).toEqual([]);
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
  expect(log.text()).toContain('the oldest events are dropped');
  expect(log.text()).toContain('one disk');
  const warnings = () => log.lines.filter(({ level }) => level === 40).length;
  const before = warnings();
  await delay(1_000);
  expect(warnings()).toBe(before);
  await withChannel(cluster.url, (channel) => channel.deleteQueue(queue));
  await expect.poll(() => metric('topic_weakness', { topic: queue })).toBe(2);
});

describe('the RabbitMQ sink loses nothing and keeps order', () => {
  test('a full queue that rejects is refused with its cause, and takes records again in the order of their key', async () => {
    const queue = await freshQueue({ ...quorum, 'x-max-length': 50, 'x-overflow': 'reject-publish' });
    const { sink, metric } = await startTestSink({ url: cluster.url, topics: [queue] });
    const load = startSinkLoad({ sink, topic: queue, keys: ['a', 'b', 'c'], budgetMs: 2_000 });
    await expect.poll(() => sink.health().detail).toContain('is full');
    expect(await metric('retried_records_total', { cause: 'refused' })).toBeGreaterThan(0);
    const first = await drainQueue(cluster.url, queue);
    const before = load.acknowledged.length;
    const seen: typeof first = [];
    await expect
      .poll(async () => {
        seen.push(...(await drainQueue(cluster.url, queue)));
        return load.acknowledged.length;
      })
      .toBeGreaterThan(before + 100);
    await load.stop();
    const all = [...first, ...seen, ...(await drainQueue(cluster.url, queue))];
    const stored = all.map(({ content }, offset) => ({
      ...{ partition: 0, offset, timestampMs: 0, key: null, value: content, headers: {} },
    }));
    const ids = new Set(all.map(({ properties }) => properties.messageId as string));
    expect(load.acknowledged.filter(({ id }) => !ids.has(id))).toEqual([]);
    expect(findDisorder(load, stored)).toEqual([]);
  });

  test('an alarm blocks: deliveries are refused at once with the cause, and nothing is stored twice by it', async () => {
    const queue = await freshQueue();
    const [node] = cluster.nodes;
    const { sink } = await startTestSink({ url: cluster.url, topics: [queue] });
    await node?.control('set_vm_memory_high_watermark', '0.00001');
    try {
      const startedAt = Date.now();
      await expect(sink.append([createRecord(queue, 'a')], inTime())).rejects.toThrow('low on memory');
      expect(Date.now() - startedAt).toBeLessThan(budgetMs - 1_000);
      expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining('low on memory') });
      const again = Date.now();
      await expect(sink.append([createRecord(queue, 'a')], inTime())).rejects.toThrow('low on memory');
      // At once, not with its deadline.
      expect(Date.now() - again).toBeLessThan(budgetMs / 2);
    } finally {
      await node?.control('set_vm_memory_high_watermark', '0.6');
    }
    await expect.poll(() => sink.health().up).toBe(true);
    expect(await sink.append([createRecord(queue, 'a')], inTime())).toEqual([]);
    // The one that was under way when the alarm came, and the last.
    expect(await drainQueue(cluster.url, queue)).toHaveLength(2);
  });
});
