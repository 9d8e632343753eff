import type { WireMetadata } from '../wire/metadata-codec.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';

export interface PartitionView {
  /** Node ID of the leader, or −1 if the partition currently has no leader. */
  readonly leader: number;
  /** Node ids of the replicas. The preferred leader comes first. */
  readonly replicas: readonly number[];
  readonly inSyncCount: number;
  /** Leader epoch, which increases with each election. Absent if the broker does not report it. */
  readonly leaderEpoch?: number;
}

export interface TopicView {
  /** Error code of the Kafka protocol for the whole topic. 0 means success. */
  readonly errorCode: number;
  /** Topic ID, which changes when the topic is recreated. Absent if the broker does not report it. */
  readonly topicId?: string;
  /** Partitions, indexed by partition number. */
  readonly partitions: readonly PartitionView[];
}

export interface ClusterView {
  /** Cluster ID. Absent if the broker does not report it. */
  readonly clusterId?: string;
  /** Node ID of the broker that creates topics. Absent if the cluster currently has no controller. */
  readonly controllerId?: number;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topics: ReadonlyMap<string, TopicView>;
}

const leaderlessPartition: PartitionView = { leader: -1, replicas: [], inSyncCount: 0 };

/**
 * Converts a Metadata response. If the leader of a partition is not a live broker, the partition counts as having no
 * leader.
 */
export function toClusterView(metadata: WireMetadata): ClusterView {
  const { brokers, clusterId, controllerId = -1, topicMetadata } = metadata;
  const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const topics = new Map<string, TopicView>();
  for (const { topic, topicErrorCode, topicId, partitionMetadata } of topicMetadata) {
    // Brokers may omit partitions from a response.
    const count = partitionMetadata.reduce((most, { partitionId }) => Math.max(most, partitionId + 1), 0);
    const partitions: PartitionView[] = Array.from({ length: count }, () => leaderlessPartition);
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
    // Brokers other than Apache Kafka may leave this field empty.
    ...(clusterId && { clusterId }),
    brokers: addresses,
    ...(addresses.has(controllerId) && { controllerId }),
    topics,
  };
}
