import { expect, onTestFinished, test } from 'vitest';
import type { Sink } from '../../../src/ports/sink.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';
import { findMissing, startSinkLoad } from '../../support/sink-load.ts';
import { provideFromDebian } from '../../support/tools/provide-from-debian.ts';
import { waitUntil } from '../../support/wait-until.ts';

const soon = () => deadlineIn(5_000);

async function start(config: Record<string, string>) {
  const server = await startRedisServer({ config });
  onTestFinished(() => server.stop());
  return server;
}

test.each([
  ['appendonly', 'no append-only file'],
  ['appendfsync', 'does not confirm when a write is on disk (appendfsync no)'],
])('a server with %s no is refused with the reason, and gets no record', async (name, text) => {
  const server = await start({ [name]: 'no' });
  const { sink, log } = startRedisSink(createRedisConfig(server.url));
  await expect.poll(() => sink.health().detail).toContain(text);
  await expect(sink.append([createRecord('events', 'a')], deadlineIn(1_000))).rejects.toThrow();
  await expect.poll(log.text).toContain(text);
  expect(await server.ask('EXISTS', 'events')).toBe(0);
});

test('a server without an append-only file is taken with REDIS_MEMORY_ONLY, and warned of', async () => {
  const server = await start({ appendonly: 'no' });
  const { sink, started, log, registry } = startRedisSink(
    createRedisConfig(server.url, { memoryOnly: true }),
  );
  await started;
  expect(await sink.append([createRecord('events', 'a')], soon())).toEqual([]);
  await expect.poll(log.text).toContain('acknowledged records are lost when it restarts');
  expect(await registry.metrics()).toContain('comapi_webhook_store_topic_weakness{topic="events"} 1\n');
});

const answers = (sink: Sink) =>
  waitUntil(
    async () =>
      (await sink.append([createRecord('events', 'a')], soon()).catch(() => undefined)) !== undefined,
    {
      timeoutMs: 30_000,
      what: 'records are taken again',
    },
  );

test('what is acknowledged while appendonly comes and goes survives kill -9', async () => {
  const server = await start({});
  const { sink, started } = startRedisSink(createRedisConfig(server.url));
  await started;
  const load = startSinkLoad({ sink, topic: 'events', keys: ['a', 'b', 'c'], budgetMs: 2_000 });
  for (let round = 0; round < 3; round += 1) {
    const before = load.acknowledged.length;
    await waitUntil(() => load.acknowledged.length > before + 20, { timeoutMs: 30_000, what: 'records' });
    await server.ask('CONFIG', 'SET', 'appendonly', 'no');
    await waitUntil(() => sink.health().detail.includes('no append-only file'), {
      timeoutMs: 30_000,
      what: 'the reason',
    });
    if (round < 2) {
      await server.ask('CONFIG', 'SET', 'appendonly', 'yes');
    }
  }
  await load.stop();
  await server.kill9();
  await server.start();
  const probe = await server.connect();
  expect(findMissing(load, await readStoredRecords(probe, 'events'))).toEqual([]);
  probe.close();
  // The server was restarted with its saved configuration, so it must accept records again.
  await answers(sink);
}, 60_000);

test('a server that deletes streams when its memory is full is refused until it has room', async () => {
  const server = await start({ 'maxmemory-policy': 'allkeys-lru', maxmemory: '100mb' });
  const { sink } = startRedisSink(createRedisConfig(server.url));
  await expect.poll(() => sink.health().detail).toContain('Set maxmemory-policy to noeviction');
  await expect(sink.append([createRecord('events', 'a')], deadlineIn(1_000))).rejects.toThrow();
  expect(await server.ask('EXISTS', 'events')).toBe(0);
  await server.ask('CONFIG', 'SET', 'maxmemory', '0');
  await answers(sink);
});

// The Redis version of Debian 12 and Ubuntu 24.04.
test('Redis 7.0, which cannot be asked, is refused and gets no record', async () => {
  const server = await startRedisServer({ program: await provideFromDebian('redis-server') });
  onTestFinished(() => server.stop());
  const { sink, log } = startRedisSink(createRedisConfig(server.url));
  await expect
    .poll(() => sink.health().detail)
    .toMatch(/Redis 7\.0\.\d+ does not support WAITAOF.*use Redis 7\.2 or later/);
  await expect(sink.append([createRecord('events', 'a')], deadlineIn(1_000))).rejects.toThrow();
  await expect.poll(log.text).toContain('does not support WAITAOF');
  expect(await server.ask('EXISTS', 'events')).toBe(0);
});
