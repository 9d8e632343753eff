import type { KafkaCluster } from '../kafka/kafka-cluster.ts';
import type { ReadinessProbe } from '../receiver/readiness-probe.ts';
import type { FilterDeployment } from './filter-deployment.ts';
import { groupId } from './filter-deployment.ts';

/** What keeps the filters of a round from being whole; `undefined` when nothing does. */
export async function whatLacks(
  { cluster, places, topics }: FilterDeployment,
  probes: ReadonlyMap<string, ReadinessProbe>,
): Promise<string | undefined> {
  const unread = findUnread(cluster, { groupId, name: topics.events.name });
  if (unread !== undefined) {
    return unread;
  }
  const unfinished = cluster.coordination.transactions.unfinished();
  if (unfinished.length > 0) {
    return `transactions: ${unfinished.join(', ')}`;
  }
  for (const place of places.filter(({ isUp }) => isUp())) {
    const problem = probes.get(place.name)?.problem();
    if (problem !== undefined) {
      return `${place.name} is not ready: ${problem}`;
    }
    const lag = await place.lag();
    if (lag > 0) {
      return `${place.name} says that ${lag} records wait`;
    }
  }
  return undefined;
}

/** @returns which partition of a topic a group has not read to its end */
export function findUnread(
  { topics, coordination }: KafkaCluster,
  group: { readonly groupId: string; readonly name: string },
): string | undefined {
  for (const { partition, log } of topics.get(group.name)?.partitions ?? []) {
    const name = `${group.name}-${partition}`;
    const committed = coordination.offsets(group.groupId).find(name)?.offset ?? 0;
    if (committed !== log.endOffset) {
      return `${name} is filtered up to ${committed} of ${log.endOffset}`;
    }
  }
  return undefined;
}
