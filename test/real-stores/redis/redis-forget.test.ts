import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { appendRecords, keysOf, toEventRecord } from '../../support/append-records.ts';
import { startTestFilter, whenFiltered } from '../../support/filter/test-filter.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';
import { runCommand } from '../../support/run-command.ts';

let server: RedisServer;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startRedisServer();
  env = { REDIS_URL: server.url, REDIS_STREAM_COUNT: '3', MANAGEMENT_PORT: '0' };
});

beforeEach(async () => {
  await server.ask('FLUSHALL');
});

afterAll(() => server.stop());

const body = 'Dear Zoe, call +44 7700 900123';
const event = (key: string, revision: number) => toEventRecord(key, revision, 'message.sent', { body });
const forget = (...args: string[]) => runCommand(['forget', '--yes', ...args], env);
const hashOf = (key: string) => `comapi.events.latest:${key}`;

test('a state stays erased when an obsolete or repeated event comes, for this filter and for the next', async () => {
  const first = await startTestFilter(env);
  await appendRecords(env, [event('m-1', 1), event('m-1', 3), event('m-2', 1)]);
  await whenFiltered(first, 3);

  const dry = await forget('m-1', '--dry-run');
  expect([dry.code, JSON.parse(dry.stdout)]).toEqual([
    0,
    expect.objectContaining({ key: 'm-1', place: hashOf('m-1'), revision: '3', erased: false }),
  ]);
  expect(await server.ask('HGET', hashOf('m-1'), 'value')).toContain('Zoe');
  const timeLeft = Number(await server.ask('PTTL', hashOf('m-1')));

  const { code, stdout, stderr } = await forget('m-1', 'm-9');
  expect([code, JSON.parse(stdout)]).toEqual([0, { ...JSON.parse(dry.stdout), erased: true }]);
  expect(stderr).toContain('latest states erased: 1; no state found for 1 of 2 keys\n');
  expect(stderr).toContain('2 events of these keys stay in the stream comapi.events');
  expect(stdout + stderr + dry.stdout).not.toMatch(/Zoe|7700/);
  expect(await server.ask('HGETALL', hashOf('m-1'))).toEqual(['revision', '3']);
  const later = Number(await server.ask('PTTL', hashOf('m-1')));
  expect(later).toBeGreaterThan(0);
  expect(later).toBeLessThanOrEqual(timeLeft);
  expect((await forget('m-1')).stderr).toContain('latest states erased: 0');

  await appendRecords(env, [event('m-1', 2), event('m-1', 3)]);
  await whenFiltered(first, 5);
  await first.stop();
  const second = await startTestFilter(env);
  await appendRecords(env, [event('m-1', 3), event('m-1', 1), event('m-2', 2)]);
  await whenFiltered(second, 3);
  expect(await server.ask('HGETALL', hashOf('m-1'))).toEqual(['revision', '3']);
  expect(await server.ask('HGET', hashOf('m-2'), 'revision')).toBe('2');

  const shown = await runCommand(['tail', '--latest', '--no-follow', '--key', 'm-1'], env);
  expect(JSON.parse(shown.stdout)).toMatchObject({ key: 'm-1', reason: 'erased', revision: '3' });

  await appendRecords(env, [event('m-1', 4)]);
  await whenFiltered(second, 4);
  expect(await server.ask('HGET', hashOf('m-1'), 'revision')).toBe('4');
  expect(await server.ask('HGET', hashOf('m-1'), 'value')).toContain('Zoe');
});

test('a hash without a revision is deleted, and many keys at once', async () => {
  await server.ask('HSET', hashOf('u-1'), 'key', 'u-1', 'value', '{}');
  const keys = Array.from({ length: 520 }, (_, index) => `k-${index}`);
  for (const key of keys) {
    await server.ask('HSET', hashOf(key), 'key', key, 'value', '{}', 'revision', '1');
  }
  expect((await forget('u-1', ...keys)).stderr).toContain('latest states erased: 521');
  expect(await server.ask('EXISTS', hashOf('u-1'))).toBe(0);
  expect(await server.ask('HGETALL', hashOf('k-519'))).toEqual(['revision', '1']);
});

test('keys come from standard input too', async () => {
  for (const key of ['a', 'b', 'c']) {
    await server.ask('HSET', hashOf(key), 'key', key, 'value', '{}', 'revision', '1');
  }
  const program = new URL('../../../src/comapi-webhook.mjs', import.meta.url).pathname;
  const stdout = execFileSync(process.execPath, [program, 'forget', '--yes', '--keys-file', '-', 'c'], {
    ...{ env: { ...env, PATH: process.env.PATH }, input: 'a\r\n\nb', stdio: ['pipe', 'pipe', 'ignore'] },
  });
  expect(keysOf(stdout.toString()).toSorted()).toEqual(['a', 'b', 'c']);
});

test('XDEL takes the events of a key out of the streams while the filter has them unacknowledged', async () => {
  await appendRecords(env, [event('m-1', 1), event('m-2', 1)]);
  const { stdout } = await runCommand(['tail', '--no-follow', '--key', 'm-1'], env);
  const [stream = '', id = ''] = (JSON.parse(stdout) as { place: string }).place.split('/');
  // Somebody of the group has read it, and died.
  await server.ask('XGROUP', 'CREATE', stream, 'comapi-webhook-filter', '0');
  const read = ['GROUP', 'comapi-webhook-filter', 'dead', 'STREAMS', stream, '>'];
  await server.ask('XREADGROUP', ...read);
  expect(await server.ask('XPENDING', stream, 'comapi-webhook-filter')).toMatchObject({ 0: 1 });
  expect(await server.ask('XDEL', stream, id)).toBe(1);
  const filter = await startTestFilter({ ...env, FILTER_SESSION_TIMEOUT_MS: '6000' });
  await appendRecords(env, [event('m-3', 1), event('m-2', 2)]);
  await expect.poll(() => server.ask('HGET', hashOf('m-2'), 'revision')).toBe('2');
  await expect.poll(async () => (await fetch(`${filter.managementUrl}/readyz`)).status).toBe(200);
  expect(await server.ask('EXISTS', hashOf('m-1'))).toBe(0);
  await expect
    .poll(() => server.ask('XPENDING', stream, 'comapi-webhook-filter'))
    .toEqual([0, null, null, null]);
  expect((await forget('m-1')).stderr).not.toContain('stay in the stream');
});

test('the session of its page is what it prints', async () => {
  const page = readFileSync(new URL('../../../docs/commands/forget.md', import.meta.url), 'utf8');
  const [, session = ''] = /```console\n(.*?)```/s.exec(page) ?? [];
  const calls = session.split(/^\$ comapi-webhook /m).slice(1);
  expect(calls).toHaveLength(1);
  const key = '8f14e45f-ceea-467f-9575-6fa1c1b0cd5e';
  await appendRecords(env, [event(key, 2), event(key, 3)]);
  const state = { value: '{}', revision: '3', ce_type: 'message.delivered' };
  const fields = Object.entries({ ...state, 'received-at': '2026-11-27T08:00:02.007Z' }).flat();
  await server.ask('HSET', hashOf(key), ...fields);
  for (const call of calls) {
    const [line = '', ...printed] = call.split('\n');
    const { stdout, stderr } = await runCommand(line.split(' '), env, { isTTY: true });
    expect(stdout + stderr).toBe(printed.join('\n'));
  }
});

test('it needs no more than the rights of its page, and names one that is missing', async () => {
  const page = readFileSync(new URL('../../../docs/commands/forget.md', import.meta.url), 'utf8');
  const [, text = ''] = /on Redis\n(.*)$/s.exec(page) ?? [];
  const rights = Array.from(text.matchAll(/\+[a-z]+/g), ([right]) => right);
  expect(rights).toContain('+hdel');
  await appendRecords(env, [event('m-1', 1), event('m-1', 2)]);
  const forgetWith = async (granted: readonly string[]) => {
    await server.ask('HSET', hashOf('m-1'), 'key', 'm-1', 'value', '{}', 'revision', '1');
    await server.ask('HSET', hashOf('m-2'), 'key', 'm-2', 'value', '{}');
    const user = ['ACL', 'SETUSER', 'eraser', 'reset', 'on', '>only-for-this-test', '~comapi.events*'];
    await server.ask(...user, ...granted);
    const REDIS_URL = server.url.replace('//', '//eraser:only-for-this-test@');
    const allowed = { REDIS_URL, REDIS_ALLOW_PLAINTEXT: 'true' };
    return runCommand(['forget', '--yes', 'm-1', 'm-2'], { ...env, ...allowed });
  };
  const exactly = await forgetWith(rights);
  expect([exactly.code, exactly.stderr]).toEqual([0, expect.stringContaining('latest states erased: 2\n')]);
  for (const missing of rights) {
    const { code, stderr } = await forgetWith(rights.filter((right) => right !== missing));
    expect([missing, code]).toEqual([missing, 2]);
    expect(stderr).toContain(missing.slice(1));
  }
});

test('it says when the server does not confirm it, and when it does not answer', async () => {
  await server.ask('HSET', hashOf('m-1'), 'key', 'm-1', 'value', '{}', 'revision', '1');
  const alone = await runCommand(['forget', '--yes', 'm-1'], { ...env, REDIS_REPLICAS: '1' });
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('may come back after a crash')]);
  const gone = await runCommand(['forget', '--yes', 'm-1'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('Redis (redis://127.0.0.1:1)')]);
});
