import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RedisTlsConfig } from '../../../src/config/redis-config.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createTestCertificates, type TestCertificates } from '../../support/kafka/test-certificates.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { createRedisConfig, startRedisSink, type TestRedisSink } from '../../support/redis/redis-sink.ts';
import { startTlsFront } from '../../support/redis/tls-front.ts';
import { waitUntil } from '../../support/wait-until.ts';

const password = 'only-for-this-test';

let server: RedisServer;
let directory: string;
let certificates: TestCertificates;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'redis-access-'));
  certificates = await createTestCertificates(directory);
  server = await startRedisServer({ password });
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const soon = () => deadlineIn(5_000);

async function expectStored({ sink, started }: TestRedisSink): Promise<void> {
  await started;
  expect(await sink.append([createRecord('events', 'a')], soon())).toEqual([]);
}

async function expectRefused({ sink, log }: TestRedisSink, text: string): Promise<void> {
  await waitUntil(() => sink.health().detail.includes(text), { timeoutMs: 30_000, what: text }).catch(
    () => {},
  );
  expect(sink.health()).toMatchObject({ up: false, detail: expect.stringContaining(text) });
  expect(log.text() + sink.health().detail).not.toContain(password);
}

describe('login', () => {
  test('takes a new password from REDIS_URL_FILE without a restart', async () => {
    const file = join(directory, 'url');
    await writeFile(file, `${server.url.replace(password, 'old')}\n`);
    const tested = startRedisSink(createRedisConfig('', { url: { file } }));
    await expectRefused(tested, 'WRONGPASS');
    await writeFile(file, `${server.url}\n`);
    await expectStored(tested);
  });

  test('works with the rights that the documentation names, and says what this user may not see', async () => {
    await server.ask(
      ...['ACL', 'SETUSER', 'writer', 'reset', 'on', `>${password}`, '~events*'],
      ...['+xadd', '+multi', '+exec', '+waitaof', '+select', '+exists', '+xlen'],
    );
    const url = server.url.replace('redis://:', 'redis://writer:');
    const tested = startRedisSink(createRedisConfig(url));
    await expectStored(tested);
    await waitUntil(() => tested.log.text().includes('INFO is not allowed'), {
      timeoutMs: 30_000,
      what: 'the log',
    });
  });

  test('names the right that is missing', async () => {
    await server.ask(
      ...['ACL', 'SETUSER', 'reader', 'reset', 'on', `>${password}`, '~*', '+@read', '+info'],
      ...['+multi', '+exec', '+waitaof'],
    );
    const tested = startRedisSink(createRedisConfig(server.url.replace('redis://:', 'redis://reader:')));
    await tested.started;
    await expect(tested.sink.append([createRecord('events', 'a')], soon())).rejects.toThrow('does not allow');
    await expectRefused(tested, "NOPERM User reader has no permissions to run the 'xadd' command");
  });
});

describe('TLS', () => {
  async function front(clientCaFile?: string): Promise<string> {
    const { serverCertFile: certFile, serverKeyFile: keyFile } = certificates;
    const tls = await startTlsFront({
      to: server.port,
      certFile,
      keyFile,
      ...(clientCaFile && { clientCaFile }),
    });
    onTestFinished(() => tls.close());
    return server.url.replace('redis://', 'rediss://').replace(String(server.port), String(tls.port));
  }

  const startWith = async (tls: RedisTlsConfig, clientCaFile?: string) =>
    startRedisSink(createRedisConfig(await front(clientCaFile), { tls }));

  test('shows a client certificate', async () => {
    const { caFile, clientCertFile: certFile, clientKeyFile: keyFile } = certificates;
    await expectStored(await startWith({ caFile, certFile, keyFile }, caFile));
    await expectRefused(await startWith({ caFile }, caFile), 'certificate required');
  });
});
