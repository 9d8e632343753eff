import type { TopicView } from './cluster-view.ts';
import type { TopicFacts, TopicSettings } from './topic-facts.ts';

/** @param configs Kafka's effective topic settings by name; `undefined` when they may not be read */
export function toTopicFacts(
  view: TopicView | undefined,
  configs: ReadonlyMap<string, string> | undefined,
): TopicFacts {
  const partitions = view?.partitions ?? [];
  return {
    exists: partitions.length > 0,
    partitionCount: partitions.length,
    replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    inSyncCounts: partitions.map(({ inSyncCount }) => inSyncCount),
    settings: configs && toTopicSettings(configs),
  };
}

function toTopicSettings(configs: ReadonlyMap<string, string>): TopicSettings {
  return {
    minInSyncReplicas: Number(configs.get('min.insync.replicas')),
    maxMessageBytes: Number(configs.get('max.message.bytes')),
    cleanupPolicy: configs.get('cleanup.policy') ?? '',
    retentionMs: Number(configs.get('retention.ms')),
    uncleanLeaderElection: configs.get('unclean.leader.election.enable') === 'true',
  };
}
