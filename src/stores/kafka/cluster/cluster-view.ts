import type { WireMetadata } from '../wire/metadata-codec.ts';
import type { BrokerAddress } from './kafkajs/broker-address.ts';

/** A partition as one broker described it. */
export interface PartitionView {
  /** Node id of the leader; -1 when there is none at present. */
  readonly leader: number;
  /** Node ids, the preferred leader first. */
  readonly replicas: readonly number[];
  readonly inSyncCount: number;
  /** Grows with each election; absent when the broker does not report it. */
  readonly leaderEpoch?: number;
}

export interface TopicView {
  /** Kafka's protocol error code for the topic as a whole; 0 is success. */
  readonly errorCode: number;
  /** A topic that was made again has another id; absent when the broker does not report it. */
  readonly topicId?: string;
  /** By partition number. */
  readonly partitions: readonly PartitionView[];
}

export interface ClusterView {
  /** Absent when the broker does not report it. */
  readonly clusterId?: string;
  /** Node id of the broker that makes topics; absent when there is none at present. */
  readonly controllerId?: number;
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topics: ReadonlyMap<string, TopicView>;
}

const absent: PartitionView = { leader: -1, replicas: [], inSyncCount: 0 };

/** A leader that is not among the live brokers counts as none. */
export function toClusterView(metadata: WireMetadata): ClusterView {
  const { brokers, clusterId, controllerId = -1, topicMetadata } = metadata;
  const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const topics = new Map<string, TopicView>();
  for (const { topic, topicErrorCode, topicId, partitionMetadata } of topicMetadata) {
    // An answer may leave partitions out.
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
    // Brokers of other makes leave it empty.
    ...(clusterId && { clusterId }),
    brokers: addresses,
    ...(addresses.has(controllerId) && { controllerId }),
    topics,
  };
}
