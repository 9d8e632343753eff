import type { PartitionQueue, QueuedBatch } from './partition-queue.ts';

interface FlushLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * Takes what waits in these queues, at most one batch of each, until a limit is reached. The byte limit may be
 * exceeded by the last record, so that a large one is not stuck for ever.
 *
 * @param first index of the queue to begin with; the caller rotates it, so that a deep queue cannot starve the others
 */
export function gatherFlush(
  queues: readonly PartitionQueue[],
  first: number,
  { maxRecords, maxBytes }: FlushLimits,
  now: number,
): QueuedBatch[] {
  const batches: QueuedBatch[] = [];
  let records = 0;
  let bytes = 0;
  for (let i = 0; i < queues.length && records < maxRecords && bytes < maxBytes; i += 1) {
    const queue = queues[(first + i) % queues.length];
    const batch = queue?.isSendable(now) ? queue.take(maxRecords - records, maxBytes - bytes) : undefined;
    if (batch !== undefined) {
      batches.push(batch);
      records += batch.entries.length;
      bytes += batch.sizeBytes;
    }
  }
  return batches;
}

export function measure(batches: readonly QueuedBatch[]): {
  readonly records: number;
  readonly bytes: number;
} {
  let records = 0;
  let bytes = 0;
  for (const batch of batches) {
    records += batch.entries.length;
    bytes += batch.sizeBytes;
  }
  return { records, bytes };
}

/** When the first of these queues may try again; `undefined` when none waits for that. */
export function nextRetryAt(queues: Iterable<PartitionQueue>, now: number): number | undefined {
  let earliest: number | undefined;
  for (const { length, notBefore } of queues) {
    if (length > 0 && notBefore > now && (earliest === undefined || notBefore < earliest)) {
      earliest = notBefore;
    }
  }
  return earliest;
}
