import type { KafkaConnectionConfig } from '../../config/kafka-config.ts';
import type {
  FilterStore,
  FilterStoreDeps,
  FilterTopics,
  TroublePlace,
} from '../../revisions/filter-store.ts';
import { createBrokerConnection } from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import { createConnectionSet } from '../cluster/connection-set.ts';
import { createKafkaRoutes } from '../cluster/kafka-routes.ts';
import { retryAnswers } from '../cluster/retry-answers.ts';
import { describeProblem } from '../errors/describe-kafka-failure.ts';
import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import { createKafkajsConnection } from '../kafkajs/kafkajs-connection.ts';
import { judgeFilterTopics } from '../topics/judge-filter-topics.ts';
import { type TopicFacts, toTopicFacts } from '../topics/topic-facts.ts';
import { defaultTopicSettings } from '../topics/topic-settings.ts';
import { createAcquirePartition } from './acquire-partition.ts';
import { createGatheredFetches } from './gathered-fetches.ts';
import { startGroupMembership } from './group-membership.ts';
import { createLogEnds } from './log-ends.ts';
import { createSharedConnections } from './shared-connections.ts';

export interface FilterKafkaDeps extends FilterStoreDeps {
  readonly connection: KafkaConnectionConfig;
  /** Fences all others: must be the same in every process that may own the partition. */
  readonly toTransactionalId?: (partition: number) => string;
}

const connectTimeoutMs = 3_000;
const requestTimeoutMs = 10_000;
const hedgeMs = 300;
const describeTimeoutMs = 20_000;
/** To each broker, shared by all partitions that this process owns. */
const maxConnections = { writing: 8, fetching: 4 };

export function createFilterKafka(deps: FilterKafkaDeps): FilterStore {
  const { connection, topics, groupId, onTrouble, logger } = deps;
  const settings = { connectTimeoutMs, requestTimeoutMs, replicationTimeoutMs: requestTimeoutMs };
  const openConnection = (address: BrokerAddress) =>
    createKafkajsConnection({
      address,
      connection,
      settings,
      logger,
      onThrottle: (throttleMs) => deps.onThrottle(routes.brokerAt(address), throttleMs / 1000),
    });
  const reader = createClusterReader({
    bootstrap: connection.brokers,
    openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
    hedgeMs,
  });
  const routes = createKafkaRoutes({
    topics: [topics.events, topics.latest, topics.deadLetter],
    reader,
    connections: createConnectionSet(openConnection),
  });
  const writing = createSharedConnections({ openConnection, maxPerBroker: maxConnections.writing });
  const reading = createGatheredFetches({
    openConnection,
    maxPerBroker: maxConnections.fetching,
    others: writing,
  });
  const closed = new AbortController();

  async function describeTopic(name: string): Promise<TopicFacts> {
    const view = await routes.topicViewOf(name);
    if (view === undefined) {
      return toTopicFacts(name, undefined, undefined);
    }
    const found = await reader.describeTopic(name).catch((cause: unknown) => {
      throw new KafkaAnswerError('reroute', -1, `${name} cannot be described`, { cause });
    });
    return toTopicFacts(name, view, found);
  }

  async function describeTopics(): Promise<FilterTopics> {
    const [events, latest, deadLetter] = await Promise.all([
      describeTopic(topics.events),
      describeTopic(topics.latest),
      describeTopic(topics.deadLetter),
    ]);
    return judgeFilterTopics({ events, latest, deadLetter });
  }

  function untilAnswered<T>(
    place: TroublePlace,
    ask: () => Promise<T>,
    timeoutMs: number,
    signal = closed.signal,
  ): Promise<T> {
    const onSlow = (error: Error) => onTrouble(place, error);
    return retryAnswers(ask, { signal, onReroute: routes.forget, onSlow, timeoutMs });
  }

  /** A group without partitions would be one with nothing to do. */
  async function countPartitions(): Promise<number> {
    const count = await routes.partitionCountOf(topics.events);
    if (count === 0) {
      throw new KafkaAnswerError('reroute', -1, `${topics.events} does not exist`);
    }
    return count;
  }

  const ends = createLogEnds({
    routes,
    connections: createConnectionSet(openConnection),
    topic: topics.events,
    onTrouble: (error) => onTrouble('ends', error),
  });

  return {
    describeTopics() {
      routes.forget();
      return untilAnswered('topics', describeTopics, Number.POSITIVE_INFINITY);
    },
    acquire: createAcquirePartition({
      toTransactionalId: (partition) => `${groupId}-${topics.events}-${partition}`,
      ...deps,
      routes,
      connections: { writing, reading },
      onTrouble,
      async maxLatestBatchBytes(partition, signal) {
        const { settings: found } = await untilAnswered(
          partition,
          () => describeTopic(topics.latest),
          describeTimeoutMs,
          signal,
        );
        return (found ?? defaultTopicSettings).maxMessageBytes;
      },
    }),
    join: (options) =>
      startGroupMembership({
        ...deps,
        ...options,
        routes,
        openConnections: () => createConnectionSet(openConnection),
        topic: topics.events,
        countPartitions,
        onTrouble: (error) => onTrouble('group', error),
      }),
    readEnds: ends.read,
    describeTrouble: (error) => describeProblem(error, connection.brokers),
    close() {
      closed.abort();
      ends.close();
      reading.close();
      writing.close();
      routes.close();
    },
  };
}
