import { createCircuit } from '../../src/stores/append/circuit.ts';
import type { QueuedBatch } from '../../src/stores/append/lane-store.ts';
import { PartitionQueue } from '../../src/stores/append/partition-queue.ts';
import { PendingAppend } from '../../src/stores/append/pending-appends.ts';
import { createFakeClock } from './fake-clock.ts';

export function createQueue(partition = 0, topic = 'events'): PartitionQueue {
  const settings = { openAfterMs: 3000, minFailures: 2, probeDelayMs: { first: 500, last: 2000 } };
  const circuit = createCircuit({ clock: createFakeClock(), settings, onChange: () => undefined });
  return new PartitionQueue({ topic, partition, circuit, retryDelayMs: { first: 50, last: 400 } });
}

/** Queues one append of records named by their values. */
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
