import type { TopicDifference, TopicReport } from '../../sink/topic-report.ts';
import { judgeTopic } from './judge-topic.ts';
import type { TopicPlan } from './plan-topics.ts';
import type { TopicFacts } from './topic-facts.ts';

interface ReportContext {
  readonly created: boolean;
  readonly facts: TopicFacts | undefined;
  /** The events topic that the revision filter reads beside this one. */
  readonly events: TopicFacts | undefined;
}

export function toTopicReport(plan: TopicPlan, { created, facts, events }: ReportContext): TopicReport {
  const { topic, partitionCount, replicationFactor } = plan;
  if (facts?.exists !== true) {
    return { topic, outcome: 'missing', partitionCount, replicationFactor, differences: [], findings: [] };
  }
  return {
    topic,
    outcome: created ? 'created' : 'present',
    partitionCount: facts.partitionCount,
    replicationFactor: facts.replicationFactor,
    differences: compare(plan, facts),
    findings: judgeTopic(plan, facts, events).findings,
  };
}

function compare(
  plan: TopicPlan,
  { partitionCount, replicationFactor, settings, reported }: TopicFacts,
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
    const found = actual[setting] ?? reported?.get(setting) ?? 'unknown';
    return found === value ? [] : [{ setting, wanted: value, actual: found }];
  });
}
