import type { Network } from '../network/network.ts';
import type { World } from '../world/world.ts';
import type { RedisPlace } from './faults/fault-kind.ts';
import { createRedisService, type RedisService } from './redis-service.ts';

/** The servers of a round, and how a client finds them. */
export interface SimulatedRedis {
  readonly service: RedisService;
  readonly env: Readonly<Record<string, string>>;
  /** Of the events; as many as partitions. */
  readonly streams: readonly string[];
  readonly place: RedisPlace;
}

const address = 'redis:6379';
const events = 'comapi.events';

/** With one stream or several, with a replica or without, with a password or without, with each way to sync. */
export function startRedis(world: World, network: Network): SimulatedRedis {
  const { random } = world;
  const streamCount = random.pick([1, 3]);
  const hasReplica = random.chance(0.5);
  const password = random.pick(['', 'secret']);
  const appendFsync = random.pick(['always', 'everysec'] as const);
  const streams =
    streamCount === 1 ? [events] : Array.from({ length: streamCount }, (_, index) => `${events}.${index}`);
  const service = createRedisService({
    ...{ world, network, address, hasReplica },
    conditions: { password, appendFsync },
    nowMs: Date.now,
  });
  world.note(
    'redis',
    `${streamCount} streams, ${hasReplica ? 'a' : 'no'} replica, appendfsync ${appendFsync}`,
  );
  return {
    service,
    streams,
    env: {
      REDIS_URL: `redis://${password === '' ? '' : `:${password}@`}${address}`,
      ALLOW_PLAINTEXT: 'true',
      REDIS_STREAM_COUNT: String(streamCount),
      REDIS_REPLICAS: String(Number(hasReplica)),
    },
    place: { world, network, address, service, stream: streams[0] ?? events },
  };
}
