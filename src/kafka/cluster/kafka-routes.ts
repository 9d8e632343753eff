import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ClusterView, TopicView } from './cluster-view.ts';
import type { ConnectionSet } from './connection-set.ts';

/** Which broker to ask for what. All answers are kept until `forget`. */
export interface KafkaRoutes extends Coordinators {
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  leaderOf(topic: string, partition: number): Promise<BrokerAddress>;
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  controllerOf(): Promise<BrokerAddress>;
  /** What the brokers report of a partition's log. */
  viewOf(log: TopicPartition): Promise<LogView>;
  /** 0 when the topic does not exist. */
  partitionCountOf(topic: string): Promise<number>;
  /** `undefined` when the topic does not exist. */
  topicViewOf(topic: string): Promise<TopicView | undefined>;
  /** Node id of the broker at an address; `undefined` for one that the last view did not have. */
  brokerAt(address: BrokerAddress): number | undefined;
  close(): void;
}

/** A field is absent when the brokers do not report it. */
export interface LogView {
  readonly topicId?: string | undefined;
  readonly leaderEpoch?: number | undefined;
}

interface KafkaRoutesDeps {
  readonly topics: readonly string[];
  readonly reader: ClusterReader;
  /** For finding coordinators. Closed with the routes. */
  readonly connections: ConnectionSet;
}

export function createKafkaRoutes({ topics, reader, connections }: KafkaRoutesDeps): KafkaRoutes {
  const views = new Map<string, Promise<ClusterView>>();
  const coordinators = createCoordinators({ readView, connections });
  let lastBrokers: ClusterView['brokers'] = new Map();

  function readView(): Promise<ClusterView> {
    return keepAnswer(views, 'cluster', async () => {
      try {
        const view = await reader.read(topics, { another: true });
        lastBrokers = view.brokers;
        return view;
      } catch (error) {
        throw new KafkaAnswerError('reroute', -1, 'No broker answers', { cause: error });
      }
    });
  }

  /** @throws {KafkaAnswerError} for a topic that does not exist or may not be described */
  async function findTopic(topic: string): Promise<TopicView> {
    const found = (await readView()).topics.get(topic);
    checkErrorCode(found?.errorCode ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `finding ${topic}`, {
      api: 'Metadata',
      topic,
    });
    return found as TopicView;
  }

  async function topicViewOf(topic: string): Promise<TopicView | undefined> {
    const found = (await readView()).topics.get(topic);
    return found === undefined || found.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      ? undefined
      : findTopic(topic);
  }

  return {
    async leaderOf(topic, partition) {
      const { brokers } = await readView();
      const { partitions } = await findTopic(topic);
      const address = brokers.get(partitions[partition]?.leader ?? -1);
      if (address === undefined) {
        throw new KafkaAnswerError('reroute', -1, `${topic}-${partition} has no leader`);
      }
      return address;
    },
    async controllerOf() {
      const { brokers, controllerId = -1 } = await readView();
      const address = brokers.get(controllerId);
      if (address === undefined) {
        throw new KafkaAnswerError('reroute', -1, 'The cluster has no controller');
      }
      return address;
    },
    coordinatorOf: coordinators.coordinatorOf,
    partitionCountOf: async (topic) => (await topicViewOf(topic))?.partitions.length ?? 0,
    topicViewOf,
    async viewOf({ topic, partition }) {
      const { topicId, partitions } = await findTopic(topic);
      return { topicId, leaderEpoch: partitions[partition]?.leaderEpoch };
    },
    brokerAt({ host, port }) {
      return [...lastBrokers].find(([, each]) => each.host === host && each.port === port)?.[0];
    },
    forget() {
      views.clear();
      coordinators.forget();
    },
    close() {
      connections.close();
      reader.close();
    },
  };
}

/** The answer that is kept under that name, or else that of `ask`. A failed answer is not kept. */
export function keepAnswer<T>(
  answers: Map<string, Promise<T>>,
  name: string,
  ask: () => Promise<T>,
): Promise<T> {
  const kept = answers.get(name);
  if (kept !== undefined) {
    return kept;
  }
  const asked = ask();
  answers.set(name, asked);
  asked.catch(() => {
    if (answers.get(name) === asked) {
      answers.delete(name);
    }
  });
  return asked;
}

/** What is coordinated: a group, or a transactional id. */
export type CoordinatorKind = 'group' | 'transaction';

export interface Coordinators {
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  coordinatorOf(kind: CoordinatorKind, key: string): Promise<BrokerAddress>;
  forget(): void;
}

interface CoordinatorsDeps {
  readonly readView: () => Promise<ClusterView>;
  readonly connections: ConnectionSet;
}

const kindCodes: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 };

/** Which broker coordinates what. Answers are kept until `forget`. */
export function createCoordinators({ readView, connections }: CoordinatorsDeps): Coordinators {
  const found = new Map<string, Promise<BrokerAddress>>();
  let guide: BrokerAddress | undefined;

  /** Any live broker knows the coordinators: one of them is asked until it fails. */
  async function findGuide(): Promise<BrokerAddress> {
    if (guide === undefined) {
      const brokers = [...(await readView()).brokers.values()];
      guide = brokers[Math.floor(Math.random() * brokers.length)];
    }
    if (guide === undefined) {
      throw new KafkaAnswerError('reroute', -1, 'No broker is known');
    }
    return guide;
  }

  async function ask(kind: CoordinatorKind, key: string): Promise<WireCoordinator> {
    try {
      const parameters = { groupId: key, coordinatorType: kindCodes[kind] };
      const answer = await connections.call(await findGuide(), { api: 'GroupCoordinator', parameters });
      return answer as WireCoordinator;
    } catch (error) {
      guide = undefined;
      throw error instanceof KafkaAnswerError
        ? error
        : new KafkaAnswerError('reroute', -1, `The ${kind} coordinator is not found`, { cause: error });
    }
  }

  return {
    coordinatorOf: (kind, key) =>
      keepAnswer(found, `${kind} ${key}`, async () => {
        const { errorCode, coordinator } = await ask(kind, key);
        checkErrorCode(errorCode, `finding the ${kind} coordinator`, {
          api: 'FindCoordinator',
          ...(kind === 'group' ? { group: key } : { transactionalId: key }),
        });
        return { host: coordinator.host, port: coordinator.port };
      }),
    forget: () => found.clear(),
  };
}

interface WireCoordinator {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}
