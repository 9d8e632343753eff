import type { WireMetadata } from '../wire/metadata-codec.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';

/** A partition as one broker describes it. */
export interface PartitionView {
  /** Node id of the leader. −1 if there is no leader at present. */
  readonly leader: number;
  /** Node ids of the replicas. The preferred leader comes first. */
  readonly replicas: readonly number[];
  readonly inSyncCount: number;
  /** Increases with each election. Absent if the broker does not report it. */
  readonly leaderEpoch?: number;
}

export interface TopicView {
  /** Kafka's protocol error code for the topic as a whole. 0 means success. */
  readonly errorCode: number;
  /** A recreated topic has another id. Absent if the broker does not report it. */
  readonly topicId?: string;
  /** Indexed by partition number. */
  readonly partitions: readonly PartitionView[];
}

export interface ClusterView {
  /** Absent if the broker does not report it. */
  readonly clusterId?: string;
  /** Node id of the broker that creates topics. Absent if there is none at present. */
  readonly controllerId?: number;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topics: ReadonlyMap<string, TopicView>;
}

const absent: PartitionView = { leader: -1, replicas: [], inSyncCount: 0 };

/** Converts a Metadata response. A leader that is not among the live brokers counts as missing. */
export function toClusterView(metadata: WireMetadata): ClusterView {
  const { brokers, clusterId, controllerId = -1, topicMetadata } = metadata;
  const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const topics = new Map<string, TopicView>();
  for (const { topic, topicErrorCode, topicId, partitionMetadata } of topicMetadata) {
    // Brokers may omit partitions from a response.
    const count = partitionMetadata.reduce((most, { partitionId }) => Math.max(most, partitionId + 1), 0);
    const partitions: PartitionView[] = Array.from({ length: count }, () => absent);
    for (const { partitionId, leader, leaderEpoch, replicas, isr } of partitionMetadata) {
      partitions[partitionId] = {
        leader: addresses.has(leader) ? leader : -1,
        replicas,
        inSyncCount: isr.length,
        ...(leaderEpoch !== undefined && { leaderEpoch }),
      };
    }
    topics.set(topic, { errorCode: topicErrorCode, ...(topicId !== undefined && { topicId }), partitions });
  }
  return {
    // Brokers other than Apache Kafka's may leave it empty.
    ...(clusterId && { clusterId }),
    brokers: addresses,
    ...(addresses.has(controllerId) && { controllerId }),
    topics,
  };
}
