import type { TopicPartition } from '../wire/topic-partition.ts';
import type { ClusterReader } from './cluster-reader.ts';
import type { ClusterView, TopicView } from './cluster-view.ts';
import type { ConnectionSet } from './connection-set.ts';
import { type Coordinators, createCoordinators } from './coordinators.ts';
import { checkErrorCode, KafkaAnswerError, unknownErrorCode } from './errors/kafka-answer-error.ts';
import { errorCodes } from './errors/kafka-errors.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';
import { getOrCacheAnswer } from './retry-on-error-answer.ts';

/** Finds the broker that is responsible for a request. All results are cached until `forget` is called. */
export interface KafkaRoutes extends Coordinators {
  /**
   * Finds the leader of a partition.
   *
   * @throws {KafkaAnswerError} with the kind `reroute` if the partition currently has no leader
   */
  leaderOf(topic: string, partition: number): Promise<BrokerAddress>;
  /**
   * Finds the controller.
   *
   * @throws {KafkaAnswerError} with the kind `reroute` if the cluster currently has no controller
   */
  controllerOf(): Promise<BrokerAddress>;
  viewOf(log: TopicPartition): Promise<PartitionLogIdentity>;
  /** Returns the number of partitions, or 0 if the topic does not exist. */
  partitionCountOf(topic: string): Promise<number>;
  /** Returns the description of a topic, or `undefined` if the topic does not exist. */
  topicViewOf(topic: string): Promise<TopicView | undefined>;
  close(): void;
}

/** Identity of a partition log. A field is absent if the brokers do not report it. */
export interface PartitionLogIdentity {
  readonly topicId?: string | undefined;
  readonly leaderEpoch?: number | undefined;
}

interface KafkaRoutesDeps {
  readonly topics: readonly string[];
  readonly reader: Pick<ClusterReader, 'read' | 'close'>;
  /** Connections used to find coordinators. Closed together with the routes. */
  readonly connections: ConnectionSet;
}

export function createKafkaRoutes({ topics, reader, connections }: KafkaRoutesDeps): KafkaRoutes {
  const pendingViews = new Map<string, Promise<ClusterView>>();
  const coordinators = createCoordinators({ readView: readClusterView, connections });

  function readClusterView(): Promise<ClusterView> {
    return getOrCacheAnswer(pendingViews, 'cluster', async () => {
      try {
        return await reader.read(topics, { another: true });
      } catch (error) {
        throw new KafkaAnswerError('reroute', unknownErrorCode, 'No broker responds', { cause: error });
      }
    });
  }

  /**
   * Finds a topic.
   *
   * @throws {KafkaAnswerError} if the topic does not exist or the client may not describe it
   */
  async function findTopic(topic: string): Promise<TopicView> {
    const topicView = (await readClusterView()).topics.get(topic);
    checkErrorCode(
      topicView?.errorCode ?? errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      `cannot find the topic ${topic}`,
      {
        api: 'Metadata',
        topic,
      },
    );
    return topicView as TopicView;
  }

  async function findTopicView(topic: string): Promise<TopicView | undefined> {
    const topicView = (await readClusterView()).topics.get(topic);
    return topicView === undefined || topicView.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION
      ? undefined
      : findTopic(topic);
  }

  return {
    async leaderOf(topic, partition) {
      const { brokers } = await readClusterView();
      const { partitions } = await findTopic(topic);
      const address = brokers.get(partitions[partition]?.leader ?? -1);
      if (address === undefined) {
        throw new KafkaAnswerError('reroute', unknownErrorCode, `${topic}-${partition} has no leader`);
      }
      return address;
    },
    async controllerOf() {
      const { brokers, controllerId = -1 } = await readClusterView();
      const address = brokers.get(controllerId);
      if (address === undefined) {
        throw new KafkaAnswerError('reroute', unknownErrorCode, 'The cluster has no controller');
      }
      return address;
    },
    coordinatorOf: coordinators.coordinatorOf,
    partitionCountOf: async (topic) => (await findTopicView(topic))?.partitions.length ?? 0,
    topicViewOf: findTopicView,
    async viewOf({ topic, partition }) {
      const { topicId, partitions } = await findTopic(topic);
      return { topicId, leaderEpoch: partitions[partition]?.leaderEpoch };
    },
    forget() {
      pendingViews.clear();
      coordinators.forget();
    },
    close() {
      connections.close();
      reader.close();
    },
  };
}
