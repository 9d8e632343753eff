import type { SinkRecord } from '../sink/sink.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { PendingAppend } from './pending-appends.ts';

export interface QueuedRecord {
  readonly record: SinkRecord;
  readonly append: PendingAppend;
  /** Index in its append. */
  readonly index: number;
  readonly sizeBytes: number;
  /** Its outcome is known. A record that was sent twice counts once. */
  decided: boolean;
}

/** Records of one partition that are sent together. */
export interface QueuedBatch {
  readonly queue: PartitionQueue;
  readonly topic: string;
  readonly partition: number;
  readonly entries: readonly QueuedRecord[];
  readonly records: readonly SinkRecord[];
  readonly sizeBytes: number;
}

/** False when its outcome is known, or its append was given up. */
export function isWaitedFor({ decided, append }: QueuedRecord): boolean {
  return !decided && !append.settled;
}
