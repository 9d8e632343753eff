import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createHangingDirectory } from '../../support/disk/hanging-directory.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { spoolBytes, spoolProblem } from '../../support/read-spool.ts';
import { type ReceiverProcess, startListeningProcess } from '../../support/receiver-process.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

/** Starts a Redis server. Returns the server and a function that starts a receiver whose spool directory can hang. */
async function setUp() {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const room = temporaryDirectory();
  const spool = join(room, 'spool');
  mkdirSync(spool);
  const directory = await createHangingDirectory(spool, room);
  const env = { REDIS_URL: server.url, SPOOL_DIR: spool, WEBHOOK_SECRET: testSecret };
  return { server, directory, start: () => startListeningProcess(env, undefined, directory.wrapper) };
}

const body = (id: string) => `{"eventId":"${id}","payload":{"messageId":"m"}}`;

/** Status and duration of the response to a delivery. */
async function post({ url }: ReceiverProcess, id: string) {
  const before = performance.now();
  const { status } = await sendRaw(url, delivery(body(id)));
  return { status, ms: performance.now() - before };
}

const probe = async ({ managementUrl }: ReceiverProcess, path: string) =>
  (await fetch(`${managementUrl}${path}`, { signal: AbortSignal.timeout(2_000) })).status;

async function expectSpooled(server: RedisServer, receiver: ReceiverProcess): Promise<void> {
  await expect.poll(() => spoolProblem(receiver)).toBeUndefined();
  await server.kill9();
  await expect.poll(async () => (await post(receiver, 'spooled')).status).toBe(200);
  expect(await spoolBytes(receiver)).toBeGreaterThan(0);
  await server.start();
  await expect.poll(() => spoolBytes(receiver)).toBe(0);
  expect((await post(receiver, 'after')).status).toBe(200);
}

test('a spool directory that hangs holds up nothing while the store is well, and takes events when it goes on', async () => {
  const { server, directory, start } = await setUp();
  const receiver = await start();
  await expect.poll(() => spoolProblem(receiver)).toBeUndefined();
  await expect.poll(() => probe(receiver, '/readyz')).toBe(200);

  directory.hang();
  for (let n = 0; n < 20; n += 1) {
    const { status, ms } = await post(receiver, `hanging-${n}`);
    expect(status).toBe(200);
    expect(ms).toBeLessThan(1_500);
    expect([await probe(receiver, '/livez'), await probe(receiver, '/readyz')]).toEqual([200, 200]);
    // All pauses together are longer than the time for which the lock may stay unrenewed.
    await new Promise((resolve) => setTimeout(resolve, 200));
  }

  directory.goOn();
  await expectSpooled(server, receiver);
});

test('a spool directory that hangs at the start holds up nothing, and is opened when it goes on', async () => {
  const { server, directory, start } = await setUp();
  directory.hang();
  const receiver = await start();
  await expect.poll(() => probe(receiver, '/readyz')).toBe(200);
  expect((await post(receiver, 'without')).status).toBe(200);
  expect(await spoolProblem(receiver)).toBe('the spool is not open yet');
  expect(await probe(receiver, '/livez')).toBe(200);

  directory.goOn();
  await expectSpooled(server, receiver);
});
