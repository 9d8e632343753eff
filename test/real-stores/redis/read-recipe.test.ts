import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { startRedisServer } from '../../support/redis/redis-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

const recipe = new URL('../../../docs/consume/redis/read-events.mjs', import.meta.url).pathname;

function startRecipe(url: string, name: string) {
  const child = spawn(process.execPath, [recipe], {
    env: { PATH: process.env.PATH, REDIS_URL: url, CONSUMER: name },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => {
    printed += data.toString();
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    printed: () => printed,
    ids: () => printed.split('\n').flatMap((line) => /"id":"(.*)"/.exec(line)?.[1] ?? []),
  };
}

test.for([
  ['one', 'two'],
  ['one', 'one'],
])('of two members that get an event and its repeat at once, one prints it: %s and %s', async (names) => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  await server.ask('XGROUP', 'CREATE', 'comapi.events', 'read-events', '0', 'MKSTREAM');
  const members = names.map((name) => startRecipe(server.url, name));
  const membersHere = async () => {
    const [group] = (await server.ask('XINFO', 'GROUPS', 'comapi.events')) as unknown[][];
    const clients = String(await server.ask('CLIENT', 'LIST'));
    return group?.[3] === new Set(names).size && clients.split('cmd=xreadgroup').length > names.length;
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
    // Both group members wait for events. One member gets the event, and the other one gets its duplicate.
    await Promise.all([add(id), add(id)]);
    await delay(5);
  }
  const found = () => members.flatMap((member) => member.ids());
  const isAll = () => new Set(found()).size === ids.length;
  await waitUntil(isAll, { timeoutMs: 40_000, what: 'all are printed' });
  expect(found()).toHaveLength(ids.length);
});

test('another member takes over what a dead one holds, and the event at which it died last', async () => {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  const group = ['comapi.events', 'read-events'] as const;
  await server.ask('XGROUP', 'CREATE', ...group, '0', 'MKSTREAM');
  const entries: string[] = [];
  for (const id of ['first', 'second', 'third']) {
    const event = ['key', 'k', 'value', `{"id":"${id}"}`, 'ce_id', id, 'ce_type', 'message.read'];
    entries.push(String(await server.ask('XADD', 'comapi.events', '*', ...event)));
  }
  await server.ask('XREADGROUP', 'GROUP', 'read-events', 'dead', 'STREAMS', 'comapi.events', '>');
  // The killed process was still processing one of these events.
  await server.ask('SET', 'read-events:second', 'dead', 'PX', '3600000');
  const passTime = (holder: string, ids: readonly string[]) =>
    server.ask('XCLAIM', ...group, holder, '0', ...ids, 'IDLE', '30000', 'JUSTID');
  const countPending = async () => ((await server.ask('XPENDING', ...group)) as unknown[])[0];

  const alive = startRecipe(server.url, 'alive');
  await passTime('dead', entries);
  await waitUntil(async () => (await countPending()) === 1, {
    timeoutMs: 20_000,
    what: 'two are taken over',
  });
  expect(alive.ids()).toEqual(['first', 'third']);
  await server.ask('PEXPIRE', 'read-events:second', '0');
  await passTime('alive', entries.slice(1, 2));
  await waitUntil(async () => (await countPending()) === 0, {
    timeoutMs: 20_000,
    what: 'the last one is taken over',
  });
  expect(alive.ids()).toEqual(['first', 'third', 'second']);
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
  await server.ask('XADD', 'comapi.events', '*', 'value', '{}', 'ce_id', 'c', 'ce_type', 'webhook.test');
  const first = startRecipe(server.url, 'one');
  await waitUntil(() => first.printed().includes('id-20"'), { timeoutMs: 20_000, what: 'the recipe prints' });
  first.child.kill('SIGKILL');
  await once(first.child, 'close');
  // Entries of the killed process could be claimed after 30 s, but this test does not wait that long.
  await server.ask('XGROUP', 'SETID', 'comapi.events', 'read-events', '0');
  for (const id of ids) {
    if ((await server.ask('GET', `read-events:${id}`)) === 'one') {
      await server.ask('DEL', `read-events:${id}`);
    }
  }
  const second = startRecipe(server.url, 'one');
  await waitUntil(() => second.printed().includes('id-499"'), {
    timeoutMs: 20_000,
    what: 'the recipe prints all',
  });
  const found = [...first.ids(), ...second.ids()];
  // If the program is killed between printing a line and acknowledging it, it prints the event again, as the recipe
  // says.
  expect(found.length - new Set(found).size).toBeLessThanOrEqual(1);
  expect(ids.filter((id) => !found.includes(id))).toEqual([]);
  expect(second.printed()).not.toContain('canary');
});
