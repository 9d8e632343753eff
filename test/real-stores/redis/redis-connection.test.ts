import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createRedisConnection, defaultRedisSettings } from '../../../src/stores/redis/redis-connection.ts';
import { startRedisPair } from '../../support/redis/redis-pair.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';

const record = { key: 'k', value: Buffer.from('v'), headers: {} };

function open(url: string, replicas: number) {
  const connection = createRedisConnection(createRedisConfig(url, { replicas }), defaultRedisSettings);
  onTestFinished(() => connection.close());
  return connection;
}

test('is not open before the server has shown that it can keep its promise', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const connection = open(server.url, 1);
  const connecting = connection.connect().catch((error: Error) => error);
  const seen = new Set<boolean>();
  for (let i = 0; i < 20; i += 1) {
    await delay(25);
    seen.add(connection.isOpen());
  }
  expect([...seen]).toEqual([false]);
  expect(await connecting).toMatchObject({ kind: 'unsynced', message: '0 of 1 replicas have it in time' });
  expect(connection.isOpen()).toBe(false);
});

test('a replica that has synced is heard of long before it says so by itself', async () => {
  const { primary, stop } = await startRedisPair();
  onTestFinished(stop);
  const connection = open(primary.url, 1);
  await connection.connect();
  const startedAt = performance.now();
  const count = 60;
  for (let i = 0; i < count; i += 1) {
    expect(await connection.write([{ stream: 's', records: [record] }])).toEqual([undefined]);
  }
  // By itself it says so once a second.
  expect(performance.now() - startedAt).toBeLessThan((count * 1_000) / 2);
});
