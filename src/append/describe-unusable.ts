import type { PartitionQueue } from './partition-queue.ts';

/** Why none of these queues takes records, as one sentence; `undefined` when one does. @param what one of them is, such as "partition" */
export function describeUnusable(
  queues: readonly PartitionQueue[],
  { topic, what }: { readonly topic: string; readonly what: string },
): string | undefined {
  if (queues.some((queue) => queue.isUsable())) {
    return undefined;
  }
  const cause = queues.map((queue) => queue.problem ?? queue.sender?.problem()).find(Boolean);
  return `no ${what} of ${topic} takes records${cause === undefined ? '' : `: ${cause}`}`;
}
