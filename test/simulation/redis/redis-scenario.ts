import type { SimulatedStore, StoreScenario } from '../scenario.ts';
import { planRedisFaults, planRedisStory, redisFaults } from './faults/redis-faults.ts';
import { readSynced } from './read-synced.ts';
import { startRedis } from './start-redis.ts';

const deadLetters = 'comapi.events.dead-letter';

export const redisScenario: StoreScenario = {
  name: 'redis',
  async load() {
    await Promise.all([
      import('../../../src/stores/redis/redis-store.ts'),
      import('../../../src/stores/redis/redis-sink.ts'),
      import('../../../src/stores/redis/redis-sink.ts'),
    ]);
  },
  planFaults: planRedisFaults,
  planStory: planRedisStory,
  start(world, network): SimulatedStore {
    const { service, env, streams, place } = startRedis(world, network);
    const read = (stream: string, partition: number) => readSynced(service.primary(), stream, partition);

    return {
      env,
      addresses: [place.address],
      // The lane's, and that of the watch while it looks.
      mostConnections: { ofReceiver: 2 },
      apply: (fault) => redisFaults[fault.kind]?.apply(place, fault) ?? (() => {}),
      events: () => streams.flatMap(read),
      deadLetters: () => read(deadLetters, 0),
      partitionCount: streams.length,
    };
  },
};
