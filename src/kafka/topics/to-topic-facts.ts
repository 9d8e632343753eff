import type { TopicView } from '../cluster/cluster-view.ts';
import type { TopicFacts } from './topic-facts.ts';
import { toTopicSettings } from './topic-settings.ts';

/** @param configs Kafka's effective topic settings by name; `undefined` when they may not be read */
export function toTopicFacts(
  view: TopicView | undefined,
  configs: ReadonlyMap<string, string> | undefined,
): TopicFacts {
  const partitions = view?.partitions ?? [];
  const replicaCounts = partitions.map(({ replicas }) => replicas.length).filter((count) => count > 0);
  return {
    exists: partitions.length > 0,
    partitionCount: partitions.length,
    replicationFactor: replicaCounts.length === 0 ? 0 : Math.min(...replicaCounts),
    inSyncCounts: partitions.map(({ inSyncCount }) => inSyncCount),
    settings: configs && toTopicSettings(configs),
  };
}
