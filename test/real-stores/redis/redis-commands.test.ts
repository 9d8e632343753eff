import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postWebhook } from '../../../src/tools/provider/post-webhook.ts';
import { simulateAndCompare } from '../../support/compare-stored.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { runCommand } from '../../support/run-command.ts';
import { startTestReceiver, testSecret } from '../../support/test-receiver.ts';

let server: RedisServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startRedisServer({ password: 'only-for-this-test' });
  env = {
    REDIS_URL: server.url,
    ALLOW_PLAINTEXT: 'true',
    REDIS_STREAM_COUNT: '3',
    WEBHOOK_SECRET: testSecret,
  };
});

beforeEach(async () => {
  await server.ask('FLUSHALL');
});

afterAll(() => server.stop());

const postTo = (url: string, body: string) =>
  postWebhook({
    url: new URL(url),
    body: Buffer.from(body),
    secret: testSecret,
    timeoutMs: 30_000,
  });

describe('check', () => {
  test('shows the server without its password, what it keeps, and its streams', async () => {
    const { code, stdout } = await runCommand(['check'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^store +Redis redis:\/\/127\.0\.0\.1:\d+$/m);
    expect(stdout).toMatch(/^streams +the murmur2 hash of the key selects one of 3 streams$/m);
    expect(stdout).toMatch(/^ok +store +Redis \(.*\) is reachable: Valkey 9\.\d+\.\d+, appendfsync always$/m);
    expect(stdout).toMatch(/^WARNING +store +the server has no replica: if its disk is lost/m);
    expect(stdout).toMatch(/comapi\.events\.0 is created with its first entry/);
    expect(stdout).not.toContain('only-for-this-test');
  });

  test('is an error where the server cannot keep its promise', async () => {
    const { code, stdout } = await runCommand(['check', '--json'], { ...env, REDIS_REPLICAS: '1' });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).results).toContainEqual({
      area: 'store',
      verdict: 'error',
      text: 'the server has 0 online replicas, but REDIS_REPLICAS requires 1',
    });
  });
});

describe('rights', () => {
  test('those that the documentation names are enough for every command', async () => {
    const documented = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
    const [, text = ''] = /(A user needs these permissions.*?)\n\n/s.exec(documented) ?? [];
    const rights = [...text.matchAll(/`(\+[^`]+)`/g)].flatMap(([, names = '']) => names.split(' '));
    expect(rights.length).toBeGreaterThan(10);
    await server.ask(
      ...['ACL', 'SETUSER', 'documented', 'reset', 'on', '>only-for-this-test', '~comapi.events*', ...rights],
    );
    const own = {
      ...env,
      REDIS_URL: server.url.replace('redis://:', 'redis://documented:'),
      KEY_RULES: '*=id',
    };
    expect((await runCommand(['topics'], own)).code).toBe(0);
    expect((await runCommand(['check'], own)).code).toBe(0);
    const receiver = await startTestReceiver({ env: own });
    await expect.poll(receiver.ready).toBe(true);
    const url = `${receiver.url}/webhook`;
    const compared = await simulateAndCompare(url, ['--count', '20'], { env: own });
    expect(compared).toMatchObject({ code: 0, stderr: '', accepted: 20, problems: [] });
    await postTo(url, '{"other":"x"}');
    const put = await runCommand(['replay'], { ...own, KEY_RULES: '*=other' });
    expect(put).toMatchObject({ code: 0, stderr: '' });
    expect(put.stdout).toContain('replayed to');
  });
});
