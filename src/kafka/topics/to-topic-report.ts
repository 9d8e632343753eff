import type { TopicNames } from '../../config/topic-names.ts';
import type { TopicDifference, TopicReport } from '../../sink/topic-report.ts';
import { judgePartitionCounts, judgeTopic } from './durability-check.ts';
import type { TopicPlan } from './plan-topics.ts';
import type { TopicFacts } from './topic-facts.ts';

interface ReportContext {
  readonly names: readonly TopicNames[];
  readonly topics: ReadonlyMap<string, TopicFacts>;
  readonly created: boolean;
  readonly maxBodyBytes: number;
}

export function toTopicReport(
  plan: TopicPlan,
  { names, topics, created, maxBodyBytes }: ReportContext,
): TopicReport {
  const { topic, role } = plan;
  const facts = topics.get(topic);
  if (facts?.exists !== true) {
    const { partitionCount, replicationFactor } = plan;
    return { topic, outcome: 'missing', partitionCount, replicationFactor, differences: [], findings: [] };
  }
  const events = topics.get(names.find(({ latest }) => latest === topic)?.events ?? '');
  return {
    topic,
    outcome: created ? 'created' : 'present',
    partitionCount: facts.partitionCount,
    replicationFactor: facts.replicationFactor,
    differences: compare(plan, facts),
    findings: [
      ...judgeTopic({ topic, role, largestValueBytes: maxBodyBytes }, facts).findings,
      ...(events ? judgePartitionCounts(events, facts).findings : []),
    ],
  };
}

function compare(
  plan: TopicPlan,
  { partitionCount, replicationFactor, settings }: TopicFacts,
): TopicDifference[] {
  const actual: Record<string, string> = {
    partitions: String(partitionCount),
    'replication factor': String(replicationFactor),
    ...(settings && {
      'min.insync.replicas': String(settings.minInSyncReplicas),
      'cleanup.policy': settings.cleanupPolicy,
      'retention.ms': String(settings.retentionMs),
      'max.message.bytes': String(settings.maxMessageBytes),
    }),
    ...Object.fromEntries([...(settings?.unreported ?? [])].map((name) => [name, 'not reported'])),
  };
  const wanted: Record<string, string> = {
    partitions: String(plan.partitionCount),
    'replication factor': String(plan.replicationFactor),
    ...plan.settings,
  };
  return Object.entries(wanted).flatMap(([setting, value]) => {
    const found = actual[setting] ?? 'unknown';
    return found === value ? [] : [{ setting, wanted: value, actual: found }];
  });
}
