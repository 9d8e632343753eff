import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { Topic } from './kafka-cluster.ts';
import type { PartitionLog } from './transactions/partition-log.ts';
import type { ReadRecord } from './transactions/read-batch.ts';

/** All committed records that a log has. */
export function readCommittedLog(log: PartitionLog | undefined, fromOffset = 0): readonly ReadRecord[] {
  return log?.records(fromOffset) ?? [];
}

/** The committed records of a topic, in the order of each partition. */
export function readTopic({ partitions }: Topic): StoredRecord[] {
  return partitions.flatMap(({ partition, log }) => toStored(readCommittedLog(log), partition));
}

/** All that was ever stored there: logs are cut back and expire. */
export function readHistory({ partitions }: Topic): StoredRecord[] {
  return partitions.flatMap(({ partition, log }) => toStored(log.everCommitted(), partition));
}

/** Without what nobody can take apart. */
function toStored(records: readonly ReadRecord[], partition: number): StoredRecord[] {
  return records
    .filter(({ isUnreadable }) => isUnreadable !== true)
    .map((record) => ({ ...record, partition }));
}
