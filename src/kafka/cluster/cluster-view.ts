import type { BrokerAddress } from '../kafkajs/broker-address.ts';

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
  readonly brokers: ReadonlyMap<number, BrokerAddress>;
  readonly topics: ReadonlyMap<string, TopicView>;
}
