import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createHangingDirectory } from '../../support/disk/hanging-directory.ts';
import { delivery } from '../../support/http-text.ts';
import { sendRaw } from '../../support/raw-request.ts';
import { type ReceiverProcess, startListeningProcess } from '../../support/receiver-process.ts';
import { connectRedis } from '../../support/redis/redis-probe.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { temporaryDirectory, testSecret } from '../../support/test-receiver.ts';

const budgetMs = 3_000;
/** Timeout of the provider, within which each delivery must get a response. */
const providerMs = 10_000;
/** Longer than several connection attempts, each of which times out after two seconds. */
const hangMs = 12_000;

async function post({ url }: ReceiverProcess, id: string) {
  const before = performance.now();
  const { status } = await sendRaw(url, delivery(`{"eventId":"${id}","payload":{"messageId":"m"}}`));
  return { status, ms: performance.now() - before };
}

const livez = async ({ managementUrl }: ReceiverProcess) =>
  (await fetch(`${managementUrl}/livez`, { signal: AbortSignal.timeout(providerMs) })).status;

const readStatus = async ({ managementUrl }: ReceiverProcess) =>
  (await fetch(`${managementUrl}/readyz?verbose`)).text();

/** Starts a receiver with a real Redis server. The file with the server's URL is in a directory that can hang. */
async function setUp(more: Readonly<Record<string, string>>) {
  const server = await startRedisServer({ password: 'first' });
  onTestFinished(() => server.stop());
  const room = temporaryDirectory();
  const credentials = join(room, 'credentials');
  mkdirSync(credentials);
  const file = join(credentials, 'url');
  writeFileSync(file, `${server.url}\n`);
  const directory = await createHangingDirectory(credentials, room);
  const env = {
    REDIS_URL_FILE: file,
    ALLOW_PLAINTEXT: 'true',
    WEBHOOK_SECRET: testSecret,
    REQUEST_BUDGET_MS: String(budgetMs),
    // A hanging read occupies one of the two threads for file access. A second hanging read would block all file
    // access.
    UV_THREADPOOL_SIZE: '2',
    ...more,
  };
  const receiver = await startListeningProcess(env, undefined, directory.wrapper);
  await expect.poll(async () => (await post(receiver, 'before')).status).toBe(200);

  /** The new server has a different password, so the receiver must read the file to log in. */
  async function renewServer(): Promise<void> {
    await server.kill9();
    await server.start();
    await server.ask('CONFIG', 'SET', 'requirepass', 'second');
    writeFileSync(file, `${server.url.replace('first', 'second')}\n`);
  }

  async function countStored(): Promise<number> {
    const probe = await connectRedis(server.port, 'second');
    try {
      return Number(await probe.call('XLEN', 'comapi.events'));
    } finally {
      probe.close();
    }
  }
  return { receiver, directory, renewServer, countStored };
}

test.each([
  ['hear 503', 503, () => ({})],
  ['go to the spool', 200, () => ({ SPOOL_DIR: join(temporaryDirectory(), 'spool') })],
])(
  'while the directory of its credentials hangs deliveries %s in time, and it connects again by itself',
  async (_what, wanted, more) => {
    const { receiver, directory, renewServer, countStored } = await setUp(more());
    directory.hang();
    await renewServer();
    const stored = await countStored();
    await expect.poll(async () => (await post(receiver, 'renewed')).status).toBe(wanted);

    let answered = 0;
    for (const until = performance.now() + hangMs; performance.now() < until; answered += 1) {
      expect(await livez(receiver)).toBe(200);
      const { status, ms } = await post(receiver, `hanging-${answered}`);
      expect(status).toBe(wanted);
      expect(ms).toBeLessThan(providerMs);
      await delay(100);
    }
    const said = 'the files with the URL and the certificates could not be read within 2000 ms';
    await expect.poll(() => readStatus(receiver)).toContain(said);
    expect(await countStored()).toBe(stored);

    directory.goOn();
    await expect.poll(async () => (await post(receiver, 'after')).status).toBe(200);
    await expect.poll(countStored).toBeGreaterThan(stored + (wanted === 200 ? answered : 0));
  },
);
