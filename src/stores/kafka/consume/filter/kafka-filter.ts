import type { TopicNames } from '../../../../config/topic-names.ts';
import { createFilter } from '../../../../filter/create-filter.ts';
import type { Filter, PartitionObserver } from '../../../../filter/filter.ts';
import { FilterProblems, type ProblemPlace } from '../../../../filter/filter-problems.ts';
import type { FilterStore } from '../../../../filter/filter-store.ts';
import type { Clock } from '../../../../runtime/clock.ts';
import type { Logger } from '../../../../runtime/logger.ts';
import { openCluster } from '../../cluster/client/kafka-client.ts';
import { ReadMemory } from '../../cluster/client/read-memory.ts';
import { createConnectionSet } from '../../cluster/connection-set.ts';
import { describeProblem } from '../../cluster/errors/describe-kafka-failure.ts';
import type { BrokerAddress } from '../../cluster/kafkajs/broker-address.ts';
import type { KafkaAccess } from '../../cluster/kafkajs/kafka-access.ts';
import { createKafkajsConnection } from '../../cluster/kafkajs/kafkajs-connection.ts';
import { retryAnswers } from '../../cluster/retry-answers.ts';
import type { Compressor } from '../../wire/compressor.ts';
import { createAcquirePartition } from './acquire-partition.ts';
import type { FilterSettings } from './filter-settings.ts';
import { KafkaGroupMembership } from './group-membership.ts';
import { readLogEnds } from './log-ends.ts';
import { createPartitionConnections } from './partition-connections.ts';
import { createTopicDescriptions } from './topic-descriptions.ts';

export interface KafkaFilterStoreDeps extends Omit<FilterSettings, 'commitIntervalMs'> {
  readonly connection: KafkaAccess;
  readonly compressor: Compressor | undefined;
  readonly topics: TopicNames;
  readonly groupId: string;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  /** `error` is `undefined` when the problem there is over. */
  readonly onProblem: (place: ProblemPlace, error: Error | undefined) => void;
  /** A quota is used up: the connection to that broker pauses for so long. */
  readonly onThrottle: (broker: number | undefined, seconds: number) => void;
  readonly logger: Logger;
  /** Fences all others: must be the same in every process that may own the partition. */
  readonly toTransactionalId?: (partition: number) => string;
}

/** More than the receiver's: nobody waits for the filter's answer. */
const settings = { connectTimeoutMs: 3_000, requestTimeoutMs: 10_000 };
const hedgeMs = 300;
const describeTimeoutMs = 20_000;
/** To each broker, shared by all partitions that this process owns. */
const maxConnections = { fetching: 4, others: 8 };

interface KafkaFilterDeps extends FilterSettings, Omit<KafkaFilterStoreDeps, 'onProblem'> {
  readonly observer: PartitionObserver;
  readonly clock: Clock;
}

/** What is read of all partitions together: an eighth of the memory that the chart gives the process. */
const readBytes = 64 * 1024 * 1024;

/** The revision filter on Kafka. */
export function createKafkaFilter(deps: KafkaFilterDeps): Filter {
  const describe = (error: unknown) => describeProblem(error, deps.connection.brokers);
  const problems = new FilterProblems({ ...deps, describe });
  const onProblem: KafkaFilterStoreDeps['onProblem'] = (place, error) => problems.observe(place, error);
  return createFilter({ ...deps, store: createKafkaFilterStore({ ...deps, onProblem }), problems });
}

/** What the filter asks of Kafka, over connections of its own. */
export function createKafkaFilterStore(deps: KafkaFilterStoreDeps): FilterStore {
  const { connection, topics, groupId, onProblem, logger } = deps;
  const openConnection = (address: BrokerAddress) =>
    createKafkajsConnection({
      address,
      connection,
      settings,
      logger,
      onThrottle: (throttleMs) => deps.onThrottle(routes.brokerAt(address), throttleMs / 1000),
    });
  const { cluster, routes } = openCluster({
    connection,
    settings,
    logger,
    topics: [topics.events, topics.latest, topics.deadLetter],
    hedgeMs,
    connections: createConnectionSet(openConnection),
  });
  const connections = createPartitionConnections({ openConnection, most: maxConnections });
  const endConnections = createConnectionSet(openConnection);
  const closed = new AbortController();

  const descriptions = createTopicDescriptions({ topics, windowMs: deps.windowMs, routes, reader: cluster });

  function untilAnswered<T>(
    place: ProblemPlace,
    ask: () => Promise<T>,
    timeoutMs: number,
    signal = closed.signal,
  ): Promise<T> {
    const onSlow = (error: Error) => onProblem(place, error);
    return retryAnswers(ask, { signal, onReroute: routes.forget, onSlow, timeoutMs });
  }

  return {
    describeTopics() {
      routes.forget();
      return untilAnswered('topics', descriptions.describeAll, Number.POSITIVE_INFINITY);
    },
    acquire: createAcquirePartition({
      toTransactionalId: (partition) => `${groupId}-${topics.events}-${partition}`,
      ...deps,
      routes,
      connections,
      memory: new ReadMemory(readBytes),
      onProblem,
      maxLatestBatchBytes: (partition, signal) =>
        untilAnswered(partition, descriptions.maxLatestBatchBytes, describeTimeoutMs, signal),
    }),
    join: (options) =>
      new KafkaGroupMembership({
        ...deps,
        ...options,
        routes,
        openConnections: () => createConnectionSet(openConnection),
        topic: topics.events,
        latest: topics.latest,
        countPartitions: descriptions.countPartitions,
        onProblem: (error) => onProblem('group', error),
      }),
    readEnds: (partitions) =>
      readLogEnds(
        {
          routes,
          connections: endConnections,
          topic: topics.events,
          onProblem: (error) => onProblem('ends', error),
        },
        partitions,
      ),
    close() {
      closed.abort();
      endConnections.close();
      connections.close();
      routes.close();
    },
  };
}
