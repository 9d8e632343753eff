import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

const recipe = new URL('../../../docs/consume/redis/read-events.mjs', import.meta.url).pathname;

test('of two members that get an event and its repeat at once, one prints it', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  await server.ask('XGROUP', 'CREATE', 'comapi.events', 'read-events', '0', 'MKSTREAM');
  let printed = '';
  for (const name of ['one', 'two']) {
    const child = spawn(process.execPath, [recipe], {
      env: { PATH: process.env.PATH, REDIS_URL: server.url, CONSUMER: name },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (data: Buffer) => {
      printed += data.toString();
    });
    onTestFinished(() => void child.kill('SIGKILL'));
  }
  const membersHere = async () => {
    const [group] = (await server.ask('XINFO', 'GROUPS', 'comapi.events')) as unknown[][];
    return group?.[3] === 2;
  };
  await waitUntil(membersHere, { timeoutMs: 20_000, what: 'both members read' });
  const probe = await server.connect();
  onTestFinished(() => probe.close());
  const add = (id: string) =>
    probe.call(
      ...['XADD', 'comapi.events', '*', 'key', 'k', 'value', `{"id":"${id}"}`],
      ...['ce_id', id, 'ce_type', 'message.read'],
    );
  const ids = Array.from({ length: 300 }, (_, index) => `id-${index}`);
  for (const id of ids) {
    // Both members wait: the one gets the event, the other one its repeat.
    await Promise.all([add(id), add(id)]);
    await delay(5);
  }
  const found = () => printed.split('\n').flatMap((line) => /"id":"(.*)"/.exec(line)?.[1] ?? []);
  const isAll = () => new Set(found()).size === ids.length;
  await waitUntil(isAll, { timeoutMs: 40_000, what: 'all are printed' });
  expect(found()).toHaveLength(ids.length);
});

test('prints each event, and twice at most the one at which it was killed', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const ids = Array.from({ length: 500 }, (_, index) => `id-${index}`);
  for (const round of [ids, ids.toReversed()]) {
    for (const id of round) {
      await server.ask(
        ...['XADD', 'comapi.events', '*', 'key', 'k', 'value', `{"id":"${id}"}`],
        ...['ce_id', id, 'ce_type', 'message.read'],
      );
    }
  }
  await server.ask('XADD', 'comapi.events', '*', 'value', '{}', 'ce_id', 'c', 'ce_type', 'webhook.canary');
  let printed = '';

  function start() {
    const child = spawn(process.execPath, [recipe], {
      env: { PATH: process.env.PATH, REDIS_URL: server.url, CONSUMER: 'one' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (data: Buffer) => {
      printed += data.toString();
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  const first = start();
  await waitUntil(() => printed.includes('id-20"'), { timeoutMs: 20_000, what: 'the recipe prints' });
  first.kill('SIGKILL');
  await once(first, 'close');
  // What it had is claimed after 30 s; this test does not wait so long.
  await server.ask('XGROUP', 'SETID', 'comapi.events', 'read-events', '0');
  start();
  await waitUntil(() => printed.includes('id-499"'), { timeoutMs: 20_000, what: 'the recipe prints all' });
  const found = printed
    .trim()
    .split('\n')
    .map((line) => /"id":"(.*)"/.exec(line)?.[1]);
  // Killed between the line and its note, it prints the event again: the recipe says so.
  expect(found.length - new Set(found).size).toBeLessThanOrEqual(1);
  expect(ids.filter((id) => !found.includes(id))).toEqual([]);
  expect(printed).not.toContain('canary');
});
