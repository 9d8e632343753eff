import type { Registry } from 'prom-client';
import type { RedisConfig } from '../../config/redis-config.ts';
import type { ReadBackSampler } from '../../ports/read-back.ts';
import type { Sink } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { describeError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Lane } from '../append/lane.ts';
import {
  type BatchOutcome,
  commitOutcome,
  type LaneStore,
  type RequestOutcome,
} from '../append/lane-store.ts';
import type { QueuedBatch } from '../append/partition-queue.ts';
import type { EventsAndDeadLetterTopics, QueuedStore } from '../append/queue-set.ts';
import { createQueuedSink } from '../append/queued-sink.ts';
import { createStoreMetrics, type StoreMetrics } from '../append/store-metrics.ts';
import { RedisReadBack } from './read-back.ts';
import { createRedisConnection, type RedisConnection, type RedisSettings } from './redis-connection.ts';
import { errorMeanings, isFinal, type RedisError, type RedisErrorKind } from './redis-error.ts';
import { watchServer } from './server-watch.ts';
import type { TopicStreams } from './topic-streams.ts';

export function createRedisMetrics(registry: Registry): StoreMetrics<RedisErrorKind> {
  const redisErrorKinds = Object.keys(errorMeanings) as RedisErrorKind[];
  return createStoreMetrics(
    registry,
    redisErrorKinds.filter((kind) => errorMeanings[kind].action === 'retry'),
  );
}

export interface RedisSinkDeps {
  readonly config: RedisConfig;
  /** Address of the server, without credentials. */
  readonly server: string;
  /** All topics to which records may be sent. */
  readonly topics: readonly TopicStreams[];
  readonly pairs: readonly EventsAndDeadLetterTopics[];
  readonly maxBodyBytes: number;
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: StoreMetrics<RedisErrorKind>;
  /** Sampler for the read-back check, or `undefined` to disable the check. */
  readonly sampler: ReadBackSampler | undefined;
}

/**
 * Creates a sink that stores records in streams. Acknowledged records are on the disks of the server and of
 * `replicas` replicas.
 */
export function createRedisSink(deps: RedisSinkDeps): Sink {
  const { clock, metrics, pairs } = deps;
  return createQueuedSink({ clock, metrics, pairs, connect: () => connectStreams(deps) });
}

function connectStreams(deps: RedisSinkDeps): QueuedStore {
  const { config, topics, maxBodyBytes, settings, clock, logger, metrics } = deps;
  // All streams share one lane, which is a single connection with at most one request in flight.
  const lane = new Lane({ store: createLaneStore(deps), settings, clock, logger, metrics });
  const openQueue = (topic: string, stream: string, partition: number) =>
    lane.openQueue({
      topic,
      partition,
      name: stream,
      onStop: (cause) =>
        logger.error({ stream }, `redis rejects records for ${stream}: ${cause ?? 'the reason is unknown'}`),
      onRecover: () => logger.info({ stream }, 'redis accepts records for the stream again'),
    });
  const serverWatch = watchServer({
    config,
    topics,
    metrics,
    logger,
    expected: { ...config, maxBodyBytes },
    intervalMs: settings.checkIntervalMs,
    // The new connection is checked first, and carries no records while the server settings are unsuitable.
    onUnusable: () => lane.reconnect(),
  });
  return {
    topics: new Map(
      topics.map(({ topic, streams }) => [
        topic,
        {
          queues: streams.map((stream, partition) => openQueue(topic, stream, partition)),
          validation: serverWatch.validation,
        },
      ]),
    ),
    queueWord: 'stream',
    isFinal: () => isFinal(lane.failure()),
    close() {
      serverWatch.stop();
      lane.close();
    },
  };
}

function createLaneStore({
  config,
  server,
  topics,
  settings,
  logger,
  metrics,
  sampler,
}: RedisSinkDeps): LaneStore<RedisConnection, RedisErrorKind> {
  const readBackCheck = sampler && new RedisReadBack(config, sampler);
  const streamsByTopic = new Map(topics.map(({ topic, streams }) => [topic, streams]));
  return {
    name: 'Redis',
    label: server,
    openConnection: () => createRedisConnection(config, settings),
    async send({ connection, batches }) {
      const readBackSample = readBackCheck?.choose(batches);
      const batchErrors = await connection.write(
        batches.map(({ topic, partition, records }, index) => {
          const stream = streamsByTopic.get(topic)?.[partition] ?? topic;
          const isSampled = readBackSample?.index === index;
          return {
            stream,
            records,
            ...(isSampled && { onStored: (ids) => readBackSample.take(stream, ids) }),
          };
        }),
      );
      return classifyAnswer(batches, batchErrors, { server, logger });
    },
    reportConnectError(error, isFirst) {
      const text = describeError(error);
      logger[isFirst ? 'warn' : 'debug']({ server }, `cannot connect to redis: ${text}`);
      return `${server}: ${text}`;
    },
    // The lane reopens the connection automatically.
    onDisconnect: () => {},
    onCircuitChange(state, previous) {
      metrics.circuitChanged(server, state);
      if (state === 'open' && previous === 'closed') {
        logger.error(
          { server },
          'redis accepts no records. Until redis recovers, deliveries go to the spool if SPOOL_DIR is set, otherwise they get 503',
        );
      } else if (state === 'closed') {
        logger.info({ server }, 'redis accepts records again');
      }
    },
  };
}

interface ProblemReporter {
  readonly server: string;
  readonly logger: Logger;
}

/**
 * Classifies the outcome of each batch.
 *
 * @param errors for each batch, the error that may have prevented it from being stored
 */
export function classifyAnswer(
  batches: readonly QueuedBatch[],
  errors: readonly (RedisError | undefined)[],
  { server, logger }: ProblemReporter,
): RequestOutcome<RedisErrorKind> {
  const firstFailure = errors.find((error) => error && errorMeanings[error.kind].failure !== undefined);
  if (firstFailure !== undefined) {
    const { kind: reason, message } = firstFailure;
    logger.warn({ server, reason }, `redis did not confirm records: ${message}`);
  }
  return {
    failure: firstFailure && errorMeanings[firstFailure.kind].failure,
    outcomes: batches.map((batch, index) => classifyBatch(batch, errors[index], logger)),
  };
}

function classifyBatch(
  { topic, partition, entries }: QueuedBatch,
  error: RedisError | undefined,
  logger: Logger,
): BatchOutcome<RedisErrorKind> {
  if (error === undefined) {
    return commitOutcome;
  }
  const { kind, message } = error;
  const { action, failure } = errorMeanings[kind];
  const line = { topic, partition, records: entries.length, reason: kind };
  if (action === 'reject') {
    logger.warn(line, `redis rejected records: ${message}`);
    return { action, reason: 'too_large' };
  }
  if (action === 'deny') {
    return { action, problem: message };
  }
  if (failure !== undefined) {
    return { action, cause: kind };
  }
  logger.debug(line, `redis did not store records, retrying: ${message}`);
  return { action, cause: kind, problem: message };
}
