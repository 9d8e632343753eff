import type { PartitionQueue } from './partition-queue.ts';

/** Records that wait for a request or for its answer. */
export interface QueueDepth {
  readonly records: number;
  readonly bytes: number;
}

export function sumDepth(queues: readonly PartitionQueue[]): QueueDepth {
  let [records, bytes] = [0, 0];
  for (const queue of queues) {
    records += queue.length + (queue.inFlight?.entries.length ?? 0);
    bytes += queue.sizeBytes() + (queue.inFlight?.sizeBytes ?? 0);
  }
  return { records, bytes };
}
