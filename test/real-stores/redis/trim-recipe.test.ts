import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readStream } from '../../support/redis/redis-probe.ts';
import { type RedisServer, startRedisServer } from '../../support/redis/redis-server.ts';

const recipe = readFileSync(new URL('../../../docs/consume/redis/trim.lua', import.meta.url), 'utf8');

let server: RedisServer;

beforeAll(async () => {
  server = await startRedisServer();
});

beforeEach(async () => {
  await server.ask('FLUSHALL');
  // Sorted as text, the id 9-0 would come after 10-0.
  for (const id of ['9-0', '10-0', '10-1', '11-0']) {
    await server.ask('XADD', 's', id, 'value', id);
  }
});

afterAll(() => server.stop());

const trim = () => server.ask('EVAL', recipe, '1', 's');

async function left(): Promise<string[]> {
  const probe = await server.connect();
  const entries = await readStream(probe, 's');
  probe.close();
  return entries.map(({ id }) => id);
}

const read = (group: string, count: number) =>
  server.ask('XREADGROUP', 'GROUP', group, 'c', 'COUNT', String(count), 'STREAMS', 's', '>');

test('removes what every group has acknowledged, and nothing else', async () => {
  await server.ask('XGROUP', 'CREATE', 's', 'fast', '0');
  await server.ask('XGROUP', 'CREATE', 's', 'slow', '0');
  await read('fast', 4);
  await server.ask('XACK', 's', 'fast', '9-0', '10-0', '10-1', '11-0');
  expect(await trim()).toBe(0);
  expect(await left()).toHaveLength(4);

  await read('slow', 2);
  await server.ask('XACK', 's', 'slow', '9-0', '10-0');
  expect(await trim()).toBe(1);
  expect(await left()).toEqual(['10-0', '10-1', '11-0']);
});

test('keeps an entry that was delivered and not acknowledged, and all behind it', async () => {
  await server.ask('XGROUP', 'CREATE', 's', 'g', '0');
  await read('g', 4);
  await server.ask('XACK', 's', 'g', '9-0', '10-1', '11-0');
  expect(await trim()).toBe(1);
  expect(await left()).toEqual(['10-0', '10-1', '11-0']);
});

test('trims nothing where no group says what may go', async () => {
  await expect(trim()).rejects.toThrow('has no consumer group');
  expect(await left()).toHaveLength(4);
});

test('a group that is set back reads again what came since that time, and that is not trimmed', async () => {
  const page = readFileSync(new URL('../../../docs/consume/README.md', import.meta.url), 'utf8');
  const [, typed = ''] = /`(XGROUP SETID [^`]+)`/.exec(page) ?? [];
  const [, , stream = '', group = ''] = typed.split(' ');
  const atMs = Date.UTC(2026, 10, 27, 6);
  const ids = [`${atMs - 1}-0`, `${atMs}-0`, `${atMs}-1`, `${atMs + 1}-0`];
  for (const id of ids) {
    await server.ask('XADD', stream, id, 'value', id);
  }
  await server.ask('XGROUP', 'CREATE', stream, group, '0');
  const readGroup = async () => {
    const reply = await server.ask('XREADGROUP', 'GROUP', group, 'c', 'STREAMS', stream, '>');
    return (reply as [[string, [string][]]] | null)?.[0][1].map(([id]) => id) ?? [];
  };
  expect(await readGroup()).toEqual(ids);
  await server.ask('XACK', stream, group, ...ids.slice(0, 3));
  expect(await readGroup()).toEqual([]);

  await server.ask(...typed.split(' '));
  await server.ask('EVAL', recipe, '1', stream);
  expect(await readGroup()).toEqual(ids.slice(1));
  await server.ask('XACK', stream, group, ...ids);
  expect(await server.ask('XPENDING', stream, group)).toEqual([0, null, null, null]);
});
