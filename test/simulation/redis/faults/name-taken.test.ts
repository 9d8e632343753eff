import { expect, test } from 'vitest';
import { createNetwork } from '../../network/network.ts';
import { startWorld } from '../../world/world.ts';
import { makeStream } from '../keyspace.ts';
import { createRedisService } from '../redis-service.ts';
import { takeName } from './name-taken.ts';

test('the name of a stream is given back, whatever the server has on its disk when it ends meanwhile', async () => {
  using world = startWorld(1);
  const service = createRedisService({
    ...{ world, network: createNetwork(world), address: 'redis:6379', nowMs: Date.now },
    hasReplica: false,
    conditions: { appendFsync: 'always' },
  });
  const node = service.primary();
  node.change((data) => void makeStream(data, 'events'));
  node.conditions.isDiskFull = true;
  const giveBack = takeName({ service, world }, 'events');
  expect(node.isDown()).toBe(true);
  giveBack();
  node.conditions.isDiskFull = false;
  await world.runFor(10_000);
  expect(node.isRunning()).toBe(true);
  expect([...node.data()].map(([name, { kind }]) => [name, kind])).toEqual([['events', 'stream']]);
});
