import { createFilter } from '../../../../filter/create-filter.ts';
import type { Filter, FilterRules, PartitionObserver } from '../../../../filter/filter.ts';
import { FilterProblems, type ProblemSource } from '../../../../filter/filter-problems.ts';
import type { FilterStore } from '../../../../filter/filter-store.ts';
import type { Clock } from '../../../../runtime/clock.ts';
import type { Logger } from '../../../../runtime/logger.ts';
import { createBrokerConnection } from '../../cluster/broker-connection.ts';
import { createPartitionConnections } from '../../cluster/client/partition-connections.ts';
import { ReadMemoryLimiter } from '../../cluster/client/read-memory.ts';
import { createClusterReader } from '../../cluster/cluster-reader.ts';
import { createConnectionSet } from '../../cluster/connection-set.ts';
import { describeProblem } from '../../cluster/errors/describe-kafka-failure.ts';
import { createKafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { BrokerAddress } from '../../cluster/kafkajs/broker-address.ts';
import type { KafkaAccess } from '../../cluster/kafkajs/connection-options.ts';
import { createKafkajsConnection } from '../../cluster/kafkajs/kafkajs-connection.ts';
import { retryOnErrorAnswer } from '../../cluster/retry-on-error-answer.ts';
import type { Compressor } from '../../wire/compression.ts';
import { createAcquirePartition } from './acquire-partition.ts';
import { KafkaGroupMembership } from './group-membership.ts';
import { readLogEnds } from './log-end-offsets.ts';
import { createTopicDescriptions } from './topic-descriptions.ts';

/** Timing of the filter's writes and of its group membership. */
export interface FilterSettings {
  /** Time in milliseconds after which a process that sends no heartbeat loses its partitions. */
  readonly sessionTimeoutMs: number;
  /** Time in milliseconds that records wait to form a batch. A full batch is processed immediately. */
  readonly commitIntervalMs: number;
  /** Time in milliseconds after which the brokers abort a transaction. */
  readonly transactionTimeoutMs: number;
}

export interface KafkaFilterStoreDeps {
  readonly connection: KafkaAccess;
  readonly compressor: Compressor | undefined;
  readonly rules: FilterRules;
  readonly settings: Omit<FilterSettings, 'commitIntervalMs'>;
  readonly problems: Pick<FilterProblems, 'observe'>;
  /** Called when the connection to a broker pauses because a quota is exceeded. */
  readonly onThrottle: (broker: number | undefined, seconds: number) => void;
  readonly logger: Logger;
}

interface KafkaFilterDeps extends Omit<KafkaFilterStoreDeps, 'problems'> {
  readonly settings: FilterSettings;
  readonly observer: PartitionObserver;
  readonly clock: Clock;
}

/** Time limits for brokers, longer than those of the receiver, because no client waits for the filter. */
const brokerSettings = { connectTimeoutMs: 3_000, requestTimeoutMs: 10_000 };
const hedgeDelayMs = 300;
const describeTimeoutMs = 20_000;
/** Maximum number of connections to each broker, shared by all partitions that this process owns. */
const maxConnections = { fetching: 4, others: 8 };
/**
 * Maximum memory for records read from all partitions. Equals one eighth of the memory limit that the chart sets for
 * the process.
 */
const maxReadMemoryBytes = 64 * 1024 * 1024;

export function createKafkaFilter(deps: KafkaFilterDeps): Filter {
  const { connection, compressor, rules, settings } = deps;
  const { onThrottle, observer, clock, logger } = deps;
  const describeFilterProblem = (error: unknown) => describeProblem(error, connection.brokers);
  const problems = new FilterProblems({ describe: describeFilterProblem, clock, logger });
  const store = createKafkaFilterStore({
    connection,
    compressor,
    rules,
    settings,
    problems,
    onThrottle,
    logger,
  });
  const { commitIntervalMs } = settings;
  return createFilter({ store, rules, commitIntervalMs, problems, observer, clock, logger });
}

/** Creates the Kafka access of the filter, with separate connections. */
export function createKafkaFilterStore(deps: KafkaFilterStoreDeps): FilterStore {
  const { connection, compressor, rules, problems, logger } = deps;
  const { topics, groupId, windowMs } = rules;
  const { sessionTimeoutMs, transactionTimeoutMs } = deps.settings;
  const closeController = new AbortController();
  const reader = createClusterReader({
    bootstrap: connection.brokers,
    openConnection: (address) =>
      createBrokerConnection({ address, connection, settings: brokerSettings, logger }),
    hedgeMs: hedgeDelayMs,
  });
  const openConnection = (address: BrokerAddress) =>
    createKafkajsConnection({
      address,
      connection,
      settings: brokerSettings,
      logger,
      onThrottle: (throttleMs) => deps.onThrottle(reader.brokerAt(address), throttleMs / 1000),
    });
  const routes = createKafkaRoutes({
    topics: [topics.events, topics.latest, topics.deadLetter],
    reader,
    connections: createConnectionSet(openConnection),
  });
  const connections = createPartitionConnections({ openConnection, maxPerBroker: maxConnections });
  const endOffsetConnections = createConnectionSet(openConnection);
  const topicDescriptions = createTopicDescriptions({ topics, windowMs, routes, reader });

  function retryUntilResponse<T>(
    source: ProblemSource,
    ask: () => Promise<T>,
    timeoutMs: number,
    signal = closeController.signal,
  ): Promise<T> {
    const onSlow = (error: Error) => problems.observe(source, error);
    return retryOnErrorAnswer(ask, { signal, onReroute: routes.forget, onSlow, timeoutMs });
  }

  return {
    describeTopics() {
      routes.forget();
      return retryUntilResponse('topics', topicDescriptions.describeAll, Number.POSITIVE_INFINITY);
    },
    acquire: createAcquirePartition({
      routes,
      connections,
      rules,
      maxLatestBatchBytes: (partition, signal) =>
        retryUntilResponse(partition, topicDescriptions.maxLatestBatchBytes, describeTimeoutMs, signal),
      memory: new ReadMemoryLimiter(maxReadMemoryBytes),
      compressor,
      transactionTimeoutMs,
      problems,
    }),
    group: new KafkaGroupMembership({
      routes,
      openConnections: () => createConnectionSet(openConnection),
      groupId,
      topics,
      sessionTimeoutMs,
      countPartitions: topicDescriptions.countPartitions,
      problems,
      logger,
    }),
    readEnds: (partitions) =>
      readLogEnds({ routes, connections: endOffsetConnections, topic: topics.events, problems }, partitions),
    close() {
      closeController.abort();
      endOffsetConnections.close();
      connections.close();
      routes.close();
    },
  };
}
