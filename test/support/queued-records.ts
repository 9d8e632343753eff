import { defaultLaneSettings } from '../../src/stores/append/lane-store.ts';
import type { QueuedBatch } from '../../src/stores/append/partition-queue.ts';
import { PartitionQueue, type PartitionQueueOptions } from '../../src/stores/append/partition-queue.ts';
import { PendingAppend } from '../../src/stores/append/pending-appends.ts';
import { createFakeClock } from './fake-clock.ts';

/** Creates a queue that no lane sends from. */
export function createQueue(
  partition = 0,
  topic = 'events',
  options: Partial<PartitionQueueOptions> = {},
): PartitionQueue {
  return new PartitionQueue({
    topic,
    partition,
    name: `Partition ${partition} of ${topic}`,
    settings: defaultLaneSettings,
    clock: createFakeClock(),
    onOpen: () => undefined,
    onStop: () => undefined,
    onRecover: () => undefined,
    ...options,
  });
}

/** Adds an append to the queue, with one record for each name. The name is the value of the record. */
export function enqueue(queue: PartitionQueue, names: readonly string[], sizeBytes = 100): PendingAppend {
  const append = new PendingAppend(names.length, Number.POSITIVE_INFINITY, () => undefined);
  append.promise.catch(() => undefined);
  for (const [index, name] of names.entries()) {
    const record = { topic: queue.topic, key: 'k', value: Buffer.from(name), headers: {} };
    queue.push({ record, append, index, sizeBytes, decided: false });
  }
  return append;
}

export function namesOf(batch: QueuedBatch | undefined): readonly string[] | undefined {
  return batch?.records.map(({ value }) => value.toString());
}
