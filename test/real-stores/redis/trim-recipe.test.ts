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
  // As text 9-0 comes after 10-0.
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
