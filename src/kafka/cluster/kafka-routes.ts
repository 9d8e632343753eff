import { checkErrorCode, KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { TopicPartition } from '../wire/topic-partition.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ClusterView, TopicView } from './cluster-view.ts';
import type { ConnectionSet } from './connection-set.ts';

/** A group's, or a transactional id's. */
export type CoordinatorKind = 'group' | 'transaction';

/** Which broker to ask for what. All answers are believed until `forget`. */
export interface KafkaRoutes {
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  leaderOf(topic: string, partition: number): Promise<BrokerAddress>;
  /** @throws {KafkaAnswerError} `reroute` when there is none at the moment */
  coordinatorOf(kind: CoordinatorKind, key: string): Promise<BrokerAddress>;
  /** What is believed of a partition's log. */
  viewOf(log: TopicPartition): Promise<LogView>;
  /** 0 when the topic does not exist. */
  partitionCountOf(topic: string): Promise<number>;
  /** `undefined` when the topic does not exist. */
  topicViewOf(topic: string): Promise<TopicView | undefined>;
  /** Node id of the broker at an address; `undefined` for one that the last view did not have. */
  brokerAt(address: BrokerAddress): number | undefined;
  forget(): void;
  close(): void;
}

/** Absent is what the brokers do not tell. */
export interface LogView {
  readonly topicId?: string | undefined;
  readonly leaderEpoch?: number | undefined;
}

interface KafkaRoutesDeps {
  readonly topics: readonly string[];
  readonly reader: ClusterReader;
  /** For asking who coordinates what. Closed with the routes. */
  readonly connections: ConnectionSet;
}

const coordinatorTypes: Readonly<Record<CoordinatorKind, number>> = { group: 0, transaction: 1 };

export function createKafkaRoutes({ topics, reader, connections }: KafkaRoutesDeps): KafkaRoutes {
  let view: Promise<ClusterView> | undefined;
  const coordinators = new Map<string, Promise<BrokerAddress>>();
  let guide: BrokerAddress | undefined;
  let lastBrokers: ClusterView['brokers'] = new Map();

  async function readNew(): Promise<ClusterView> {
    try {
      const found = await reader.read(topics, { another: true });
      lastBrokers = found.brokers;
      return found;
    } catch (error) {
      throw new KafkaAnswerError('reroute', -1, 'No broker answers', { cause: error });
    }
  }

  function readView(): Promise<ClusterView> {
    if (view === undefined) {
      const reading = readNew();
      view = reading;
      forgetWhenFailed(reading, () => {
        if (view === reading) {
          view = undefined;
        }
      });
    }
    return view;
  }

  /** @throws {KafkaAnswerError} for a topic that does not exist or may not be seen */
  async function findTopic(topic: string): Promise<TopicView> {
    const found = (await readView()).topics.get(topic);
    checkErrorCode(found?.errorCode ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `looking for ${topic}`, {
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

  /** Any live broker knows the coordinators: one of them is asked until it fails. */
  async function askGuide(parameters: object): Promise<unknown> {
    if (guide === undefined) {
      const brokers = [...(await readView()).brokers.values()];
      guide = brokers[Math.floor(Math.random() * brokers.length)];
    }
    if (guide === undefined) {
      throw new KafkaAnswerError('reroute', -1, 'No broker is known');
    }
    return connections.call(guide, { api: 'GroupCoordinator', parameters });
  }

  async function findCoordinator(kind: CoordinatorKind, key: string): Promise<BrokerAddress> {
    let answer: WireCoordinator;
    try {
      const parameters = { groupId: key, coordinatorType: coordinatorTypes[kind] };
      answer = (await askGuide(parameters)) as WireCoordinator;
    } catch (error) {
      guide = undefined;
      throw error instanceof KafkaAnswerError
        ? error
        : new KafkaAnswerError('reroute', -1, `The ${kind} coordinator is not found`, { cause: error });
    }
    checkErrorCode(answer.errorCode, `finding the ${kind} coordinator`, {
      api: 'FindCoordinator',
      ...(kind === 'group' ? { group: key } : { transactionalId: key }),
    });
    return { host: answer.coordinator.host, port: answer.coordinator.port };
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
    coordinatorOf(kind, key) {
      const name = `${kind} ${key}`;
      let found = coordinators.get(name);
      if (found === undefined) {
        found = findCoordinator(kind, key);
        coordinators.set(name, found);
        forgetWhenFailed(found, () => coordinators.delete(name));
      }
      return found;
    },
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
      view = undefined;
      coordinators.clear();
    },
    close() {
      connections.close();
      reader.close();
    },
  };
}

function forgetWhenFailed(promise: Promise<unknown>, forget: () => void): void {
  promise.catch(forget);
}

interface WireCoordinator {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}
