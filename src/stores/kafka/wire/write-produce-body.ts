import type { TopicPartition } from './topic-partition.ts';
import type { WireWriter } from './wire-writer.ts';
import { type BatchOptions, type BatchRecord, writeRecordBatch } from './write-record-batch.ts';

interface PartitionRecords extends TopicPartition {
  readonly records: readonly BatchRecord[];
}

export interface ProduceBodyOptions extends BatchOptions {
  /** Maximum time in milliseconds that the broker waits for its in-sync replicas. */
  readonly replicationTimeoutMs: number;
  /** Set if and only if `producer` is set. */
  readonly transactionalId?: string;
}

/** Highest Produce version whose response kafkajs can decode. Versions 3 to 6 have the same format. */
export const produceVersion = 7;

const requireAllReplicas = -1;

/**
 * Writes the body of a Produce request. Without compression, the output equals the output of the kafkajs encoder. The
 * kafkajs encoder takes ten times as long, because it allocates half a kilobyte for each header of each record.
 */
export function writeProduceBody(
  writer: WireWriter,
  batches: readonly PartitionRecords[],
  options: ProduceBodyOptions,
): void {
  const { replicationTimeoutMs, transactionalId } = options;
  if (transactionalId === undefined) {
    writer.int16(-1);
  } else {
    writer.string(transactionalId);
  }
  writer.int16(requireAllReplicas);
  writer.int32(replicationTimeoutMs);
  const topics = groupByTopic(batches);
  writer.int32(topics.length);
  for (const { topic, partitions } of topics) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, records } of partitions) {
      writer.int32(partition);
      const recordSetSizePosition = writer.offset;
      writer.int32(0);
      writeRecordBatch(writer, records, options);
      writer.bytes.writeInt32BE(writer.offset - recordSetSizePosition - 4, recordSetSizePosition);
    }
  }
}

/** Groups batches by topic. A request rarely has more than two topics, so a linear search is fast. */
function groupByTopic(batches: readonly PartitionRecords[]) {
  const topics: { readonly topic: string; readonly partitions: PartitionRecords[] }[] = [];
  for (const batch of batches) {
    const entry = topics.find(({ topic }) => topic === batch.topic);
    if (entry === undefined) {
      topics.push({ topic: batch.topic, partitions: [batch] });
    } else {
      entry.partitions.push(batch);
    }
  }
  return topics;
}
