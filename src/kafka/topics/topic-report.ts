import type { TopicNames } from '../../config/kafka-config.ts';
import { type Finding, judgePartitionCounts, judgeTopic } from './durability-check.ts';
import type { TopicPlan } from './plan-topics.ts';
import type { TopicFacts } from './topic-facts.ts';

/** One line of the report: a topic, what was done, and what remains to be said of it. */
export interface TopicReport {
  readonly topic: string;
  /** `missing`: it would be created, but this run only looks. */
  readonly outcome: 'created' | 'present' | 'missing';
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** How an existing topic differs from what would be created. */
  readonly differences: readonly TopicDifference[];
  readonly findings: readonly Finding[];
}

export interface TopicDifference {
  readonly setting: string;
  readonly wanted: string;
  readonly actual: string;
}

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
