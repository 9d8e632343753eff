import { mostPartitionsOfTopic } from '../wire/limits.ts';
import type { ClusterView, PartitionView, TopicView } from './cluster-view.ts';

/** A decoded Metadata answer; kafkajs's has neither ids nor epochs. */
export interface WireMetadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly topic: string;
    readonly topicId?: string;
    readonly partitionMetadata: readonly {
      readonly partitionId: number;
      readonly leader: number;
      readonly leaderEpoch?: number;
      readonly replicas: readonly number[];
      readonly isr: readonly number[];
    }[];
  }[];
}

const absent: PartitionView = { leader: -1, replicas: [], inSyncCount: 0 };

/**
 * A leader that is not among the live brokers counts as none.
 *
 * @throws RangeError for a partition number that no topic has
 */
export function toClusterView({ brokers, topicMetadata }: WireMetadata): ClusterView {
  const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const topics = new Map<string, TopicView>();
  for (const { topic, topicErrorCode, topicId, partitionMetadata } of topicMetadata) {
    // An answer may leave partitions out.
    const count = partitionMetadata.reduce((most, { partitionId }) => Math.max(most, partitionId + 1), 0);
    if (count > mostPartitionsOfTopic || partitionMetadata.some(({ partitionId }) => partitionId < 0)) {
      throw new RangeError(`A broker describes a partition of ${topic} that cannot be`);
    }
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
  return { brokers: addresses, topics };
}
