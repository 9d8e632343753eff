import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { startRedisPair } from '../../support/redis/redis-pair.ts';
import { readStoredRecords } from '../../support/redis/redis-probe.ts';
import {
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import { createRedisConfig, startRedisSink, type TestRedisSink } from '../../support/redis/redis-sink.ts';
import { findDisorder, findMissing, type SinkLoad, startSinkLoad } from '../../support/sink-load.ts';
import { createSmallDisk } from '../../support/small-disk.ts';
import { waitUntil } from '../../support/wait-until.ts';

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) {
    await end();
  }
});

async function start(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startRedisServer(options);
  ends.push(() => server.stop());
  return server;
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const budgetMs = 8_000;

/** Starts a sink that accepts records, and puts load on it. */
async function startLoaded(config: ReturnType<typeof createRedisConfig>) {
  const tested = startRedisSink(config);
  await tested.started;
  const load = startSinkLoad({ sink: tested.sink, topic: 'events', keys, budgetMs });
  await waitForMore(load);
  return { tested, load };
}

async function judge(load: SinkLoad, server: RedisServer) {
  const probe = await server.connect();
  const stored = await readStoredRecords(probe, 'events');
  probe.close();
  const took = [...load.acknowledged, ...load.refused].map(({ tookMs }) => tookMs);
  return {
    missing: findMissing(load, stored).length,
    disorder: findDisorder(load, stored),
    isLate: Math.max(...took) > budgetMs + 500,
  };
}

const good = { missing: 0, disorder: [], isLate: false };

async function waitForMore(load: SinkLoad, count = 30): Promise<void> {
  const before = load.acknowledged.length;
  await waitUntil(() => load.acknowledged.length >= before + count, {
    timeoutMs: 30_000,
    what: 'the sink takes records again',
  });
}

async function waitForDetail({ sink }: TestRedisSink, text: string): Promise<void> {
  await waitUntil(() => sink.health().detail.includes(text), {
    timeoutMs: 30_000,
    what: `health says ${text}`,
  }).catch((error: unknown) => {
    throw new Error(`It says: ${sink.health().detail}`, { cause: error });
  });
}

test('kill -9 under load with appendfsync everysec loses nothing', async () => {
  const server = await start({ config: { appendfsync: 'everysec' } });
  const { load } = await startLoaded(createRedisConfig(server.url));
  for (let i = 0; i < 3; i += 1) {
    await waitForMore(load);
    await server.kill9();
    await server.start();
  }
  await waitForMore(load);
  await load.stop();
  expect(await judge(load, server)).toEqual(good);
});

test('a server without memory for more is answered 503 with the cause, and order holds when it has some again', async () => {
  const server = await start();
  const { tested, load } = await startLoaded(createRedisConfig(server.url));
  await server.ask('CONFIG', 'SET', 'maxmemory', '1mb');
  await waitForDetail(tested, 'OOM command not allowed');
  expect(tested.sink.health().detail).toContain('raise maxmemory');
  await server.ask('CONFIG', 'SET', 'maxmemory', '0');
  await waitForMore(load);
  await load.stop();
  expect(load.refused.length).toBeGreaterThan(0);
  expect(await judge(load, server)).toEqual(good);
});

test('a primary that became a replica rejects writes more, and readiness names it', async () => {
  const { primary, replica, stop } = await startRedisPair();
  ends.push(stop);
  const { tested, load } = await startLoaded(createRedisConfig(primary.url, { replicas: 1 }));
  await replica.ask('REPLICAOF', 'NO', 'ONE');
  await primary.ask('REPLICAOF', '127.0.0.1', String(replica.port));
  await waitForDetail(tested, 'the server is a replica');
  await load.stop();
  // The former replica, which is now the primary, has every acknowledged record.
  expect(await judge(load, replica)).toEqual(good);
});

test('without enough replicas nothing is acknowledged, and nothing is stored over and over', async () => {
  const { primary, replica, stop } = await startRedisPair();
  ends.push(stop);
  const { tested, load } = await startLoaded(createRedisConfig(primary.url, { replicas: 1 }));
  await replica.kill9();
  await waitForDetail(tested, 'only 0 of 1 replicas confirmed in time');
  const before = Number(await primary.ask('XLEN', 'events'));
  await delay(5_000);
  expect(Number(await primary.ask('XLEN', 'events'))).toBe(before);
  await replica.start();
  await waitForMore(load);
  await load.stop();
  expect(await judge(load, primary)).toEqual(good);
});

test('a full disk is answered 503, and loses nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'redis-disk-'));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  const disk = await createSmallDisk(join(directory, 'data'), 24);
  ends.push(async () => disk.close());
  const server = await start({
    directory: disk.directory,
    enter: disk.enter,
    config: { appendfsync: 'everysec' },
  });
  const { tested, load } = await startLoaded(createRedisConfig(server.url));
  await disk.fill();
  await waitUntil(() => !tested.sink.health().up, { timeoutMs: 20_000, what: 'the sink is down' });
  await waitForDetail(tested, 'MISCONF');
  await disk.makeRoom();
  await waitForMore(load);
  await load.stop();
  expect(load.refused.length).toBeGreaterThan(0);
  expect(await judge(load, server)).toEqual(good);
});

test('a record that the server takes no argument of its size for is rejected, and its neighbours are stored', async () => {
  const server = await start({ config: { 'proto-max-bulk-len': '1048576' } });
  const tested = startRedisSink(createRedisConfig(server.url));
  await tested.started;
  const records = [1, 2, 3].map((n) => createRecord('events', 'a', n === 2 ? 2_000_000 : 10));
  expect(await tested.sink.append(records, deadlineIn(budgetMs))).toEqual([
    { index: 1, reason: 'too_large' },
  ]);
  expect(Number(await server.ask('XLEN', 'events'))).toBeGreaterThanOrEqual(2);
});
