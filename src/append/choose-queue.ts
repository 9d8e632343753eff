import { partitionFor } from './partition-for.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** Chooses among the queues of one topic; `undefined` when none takes the record. */
export type ChooseQueue = (
  queues: readonly PartitionQueue[],
  key: string | null,
) => PartitionQueue | undefined;

/** A key always has the same queue. Records without a key go around the queues that take records. */
export function createQueueChooser(): ChooseQueue {
  let turn = 0;
  return (queues, key) => {
    if (key !== null) {
      const queue = queues[partitionFor(key, queues.length)];
      return queue?.isAccepting() ? queue : undefined;
    }
    for (let i = 0; i < queues.length; i += 1) {
      turn = (turn + 1) % queues.length;
      const queue = queues[turn];
      if (queue?.sender !== undefined && queue.isAccepting()) {
        return queue;
      }
    }
    return undefined;
  };
}
