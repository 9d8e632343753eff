import type { FilterDeployment } from './filter-deployment.ts';
import { groupId } from './filter-deployment.ts';
import type { ReadinessProbe } from './readiness-probe.ts';

/** What keeps the filters of a round from being whole; `undefined` when nothing does. */
export async function whatLacks(
  { cluster, places, topics }: FilterDeployment,
  probes: ReadonlyMap<string, ReadinessProbe>,
): Promise<string | undefined> {
  const { name, partitionCount } = topics.events;
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const committed = cluster.coordination.offsets(groupId).find(`${name}-${partition}`)?.offset ?? 0;
    const end = cluster.logOf(name, partition)?.endOffset;
    if (committed !== end) {
      return `${name}-${partition} is filtered up to ${committed} of ${end}`;
    }
  }
  const unfinished = cluster.coordination.transactions.unfinished();
  if (unfinished.length > 0) {
    return `transactions: ${unfinished.join(', ')}`;
  }
  for (const place of places.filter(({ isRunning }) => isRunning())) {
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
