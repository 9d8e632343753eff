import { expect, onTestFinished, test } from 'vitest';
import { toFields } from '../../../src/stores/redis/stream-entry.ts';
import { appendRecords } from '../../support/append-records.ts';
import { expectFindSessions } from '../../support/expect-find-sessions.ts';
import { listOthers, sessionEvents } from '../../support/find-sessions.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';

test('the questions of find are answered on Valkey as its page says', async () => {
  const server = await startRedisServer({ config: { appendfsync: 'everysec' } });
  onTestFinished(() => server.stop());
  const probe = await server.connect();
  for (const records of listOthers('comapi.events', 1_000)) {
    await Promise.all(records.map((record) => probe.call('XADD', 'comapi.events', '*', ...toFields(record))));
  }
  const env = { REDIS_URL: server.url };
  await appendRecords(env, sessionEvents('comapi.events'));
  await probe.call('XGROUP', 'CREATE', 'comapi.events', 'shop', '0');
  await probe.call('XREADGROUP', 'GROUP', 'shop', 'c-1', 'STREAMS', 'comapi.events', '>');
  const [[entry]] = (await probe.call('XREVRANGE', 'comapi.events', '+', '-', 'COUNT', '1')) as [[string]];
  const [group] = (await probe.call('XINFO', 'GROUPS', 'comapi.events')) as [unknown[]];
  expect(group).toEqual(expect.arrayContaining(['shop', 'last-delivered-id', entry]));
  const pending = ['XPENDING', 'comapi.events', 'shop', entry, entry, '1'] as const;
  expect(await probe.call(...pending)).toEqual([[entry, 'c-1', expect.any(Number), 1]]);
  await probe.call('XACK', 'comapi.events', 'shop', entry);
  expect(await probe.call(...pending)).toEqual([]);
  probe.close();
  await expectFindSessions('Redis', env);
}, 1_800_000);
