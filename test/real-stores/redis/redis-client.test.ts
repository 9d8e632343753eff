import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { readRedisAccess } from '../../../src/stores/redis/redis-access.ts';
import { createRedisClient } from '../../../src/stores/redis/redis-client.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';

const readAccess = ({ url }: RedisServer) =>
  readRedisAccess({ url: { text: url }, allowPlaintext: false, tls: {} }, 2_000);

async function setUp() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const client = createRedisClient(await readAccess(server), 2_000);
  onTestFinished(() => client.close());
  await client.connect();
  return { server, client };
}

test('a connection that was lost is not made again, and what it was asked is not asked again', async () => {
  const { server, client } = await setUp();
  let ends = 0;
  client.onEnd(() => {
    ends += 1;
  });
  server.pause();
  const lost = client.call(['XADD', 's', '*', 'a', 'before']);
  const expected = expect(lost).rejects.toMatchObject({ kind: 'connection' });
  await server.kill9();
  await expected;
  expect(ends).toBe(1);
  expect(client.isOpen()).toBe(false);
  await expect(client.call(['XADD', 's', '*', 'a', 'after'])).rejects.toMatchObject({ kind: 'connection' });
  await server.start();
  await delay(500);
  expect(await server.ask('EXISTS', 's')).toBe(0);
});

test('what waits to be written when the connection is closed is never written', async () => {
  const { server, client } = await setUp();
  server.pause();
  // The total size exceeds the socket buffers, so that the rest waits in this process.
  const calls = Array.from({ length: 64 }, () =>
    client.call(['XADD', 's', '*', 'a', Buffer.alloc(1_000_000)]),
  );
  const settled = Promise.allSettled(calls);
  await delay(200);
  client.close();
  server.resume();
  expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
  await delay(500);
  expect(Number(await server.ask('XLEN', 's'))).toBeLessThan(64);
});
