import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { Topic } from './kafka-cluster.ts';
import type { PartitionLog } from './transactions/partition-log.ts';
import type { ReadRecord } from './transactions/read-batch.ts';

/** Reads all committed records of a log. */
export function readCommittedLog(log: PartitionLog | undefined, fromOffset = 0): readonly ReadRecord[] {
  return log?.records(fromOffset) ?? [];
}

/** Reads the committed records of a topic, in the order of each partition. */
export function readTopic({ partitions }: Topic): StoredRecord[] {
  return partitions.flatMap(({ partition, log }) => toStored(readCommittedLog(log), partition));
}

/** Reads all records that a topic ever contained, including truncated and expired ones. */
export function readHistory({ partitions }: Topic): StoredRecord[] {
  return partitions.flatMap(({ partition, log }) => toStored(log.everCommitted(), partition));
}

/** Converts records to stored records, and skips unreadable batches. */
function toStored(records: readonly ReadRecord[], partition: number): StoredRecord[] {
  return records
    .filter(({ isUnreadable }) => isUnreadable !== true)
    .map((record) => ({ ...record, partition }));
}
