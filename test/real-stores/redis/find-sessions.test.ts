import { expect, onTestFinished, test } from 'vitest';
import { toFields } from '../../../src/stores/redis/stream-entry.ts';
import { appendRecords } from '../../support/append-records.ts';
import { expectFindSessions } from '../../support/expect-find-sessions.ts';
import { listOthers, sessionEvents } from '../../support/find-sessions.ts';
import { startProviderApiServer } from '../../support/provider-api-server.ts';
import { startRedisServer } from '../../support/redis/redis-server.ts';

test('the four questions of find.md are answered on Valkey as it says', async () => {
  const server = await startRedisServer({ config: { appendfsync: 'everysec' } });
  onTestFinished(() => server.stop());
  const provider = await startProviderApiServer();
  onTestFinished(() => provider.close());
  const probe = await server.connect();
  for (const records of listOthers('comapi.events', 1_000)) {
    await Promise.all(records.map((record) => probe.call('XADD', 'comapi.events', '*', ...toFields(record))));
  }
  const env = { REDIS_URL: server.url };
  await appendRecords(env, sessionEvents('comapi.events'));
  await probe.call('XGROUP', 'CREATE', 'comapi.events', 'shop', '$');
  const [group] = (await probe.call('XINFO', 'GROUPS', 'comapi.events')) as [unknown[]];
  expect(group).toContain('shop');
  probe.close();
  await expectFindSessions('Redis', env, provider);
}, 1_800_000);
