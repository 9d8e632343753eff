import { Lane } from '../append/lane.ts';
import type { PartitionQueue } from '../append/partition-queue.ts';
import type { RedisConfig } from '../config/redis-config.ts';
import type { Clock } from '../runtime/clock.ts';
import { describeError } from '../runtime/describe-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { createRedisConnection, type RedisConnection } from './redis-connection.ts';
import type { RedisError } from './redis-error.ts';
import type { RedisMetrics } from './redis-metrics.ts';
import type { RedisSettings } from './redis-settings.ts';
import { settleBatches } from './settle-batches.ts';

interface RedisLaneDeps {
  readonly config: RedisConfig;
  /** Where it leads, without credentials. */
  readonly server: string;
  /** The stream of each queue. */
  readonly streams: ReadonlyMap<PartitionQueue, string>;
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly logger: Logger;
  readonly metrics: RedisMetrics;
  readonly onChange: () => void;
}

export type RedisLane = Lane<RedisConnection, (RedisError | undefined)[]>;

/** The way to the server: one connection serves all streams. */
export function openRedisLane(deps: RedisLaneDeps): RedisLane {
  const { config, server, streams, settings, clock, random = Math.random, logger, metrics, onChange } = deps;
  let isStopped = false;
  const lane: RedisLane = new Lane({
    name: 'Redis',
    settings,
    clock,
    random,
    logger,
    onChange,
    openConnection: () => createRedisConnection(config, settings),
    send: ({ connection, batches }) =>
      connection.write(
        batches.map(({ queue, records }) => ({ stream: streams.get(queue) ?? queue.topic, records })),
      ),
    settle: ({ batches, startedAt }, errors) =>
      settleBatches({ server, batches, errors, startedAt, clock, metrics, logger }),
    reportConnectError(error, isFirst) {
      const text = describeError(error);
      logger[isFirst ? 'warn' : 'debug']({ server }, `cannot use redis: ${text}`);
      return `${server}: ${text}`;
    },
    onDiscard: metrics.rebuilt,
    onFailure: () => {},
    onCircuitChange() {
      const state = lane.circuit.state();
      metrics.circuitChanged(server, state);
      if (state === 'open' && !isStopped) {
        isStopped = true;
        logger.error({ server }, 'redis takes no records: deliveries are refused until it does');
      } else if (state === 'closed') {
        isStopped = false;
        logger.info({ server }, 'redis takes records again');
      }
    },
  });
  return lane;
}
