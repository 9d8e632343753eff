import type { Violation } from '../../faults/verdict/judge.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { Fault, SimulatedStore, StoreScenario } from '../scenario.ts';
import { planRedisFaults, redisFaults } from './faults/redis-faults.ts';
import { readSynced } from './read-synced.ts';
import { createRedisService } from './redis-service.ts';

const address = 'redis:6379';
const events = 'comapi.events';
const deadLetters = 'comapi.events.dead-letter';
/** The lane's, and that of the watch while it looks. */
const mostConnections = 2;

/** The receiver on a Redis: with one stream or several, with a replica or without, with each way to sync. */
export const redisScenario: StoreScenario = {
  name: 'redis',
  async load() {
    await Promise.all([
      import('../../../src/store/redis-store.ts'),
      import('../../../src/redis/redis-sink.ts'),
      import('../../../src/redis/redis-metrics.ts'),
    ]);
  },
  planFaults: planRedisFaults,
  start(world, network): SimulatedStore {
    const { random } = world;
    const streamCount = random.pick([1, 3]);
    const hasReplica = random.chance(0.5);
    const password = random.pick(['', 'secret']);
    const appendFsync = random.pick(['always', 'everysec'] as const);
    const streams = Array.from({ length: streamCount }, (_, index) =>
      streamCount === 1 ? events : `${events}.${index}`,
    );
    const service = createRedisService({
      ...{ world, network, address, hasReplica },
      conditions: { password, appendFsync },
      nowMs: Date.now,
    });
    world.note(
      'redis',
      `${streamCount} streams, ${hasReplica ? 'a' : 'no'} replica, appendfsync ${appendFsync}`,
    );
    const read = (stream: string, partition: number) => readSynced(service.primary(), stream, partition);

    return {
      env: {
        REDIS_URL: `redis://${password === '' ? '' : `:${password}@`}${address}`,
        REDIS_ALLOW_PLAINTEXT: 'true',
        REDIS_STREAM_COUNT: String(streamCount),
        REDIS_REPLICAS: String(Number(hasReplica)),
      },
      apply: (fault: Fault) =>
        redisFaults[fault.kind]?.apply(
          { world, network, address, service, stream: streams[0] ?? events },
          fault,
        ) ?? (() => {}),
      events: (): readonly StoredRecord[] => streams.flatMap(read),
      deadLetters: () => read(deadLetters, 0),
      partitionCount: streamCount,
      judge(): readonly Violation[] {
        const { connectionCount } = service.primary();
        return connectionCount <= mostConnections
          ? []
          : [{ kind: 'recovery', text: `${connectionCount} connections to redis are open` }];
      },
    };
  },
};
