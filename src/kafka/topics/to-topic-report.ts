import type { TopicDifference, TopicReport } from '../../sink/topics.ts';
import { judgeTopic } from './judge-topic.ts';
import type { TopicPlan } from './plan-topics.ts';
import type { TopicFacts } from './topic-facts.ts';

interface ReportContext {
  readonly created: boolean;
  readonly facts: TopicFacts | undefined;
  /** The events topics that revision filters read beside this one. */
  readonly events: readonly TopicFacts[];
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

function compare(plan: TopicPlan, facts: TopicFacts): TopicDifference[] {
  const unreported: ReadonlySet<string> = facts.settings?.unreported ?? new Set();
  const differences = [
    ['partitions', plan.partitionCount, facts.partitionCount] as const,
    ['replication factor', plan.replicationFactor, facts.replicationFactor] as const,
    ...Object.entries(plan.settings).map(([name, wanted]) => {
      const actual = unreported.has(name) ? 'not reported' : (facts.reported?.get(name) ?? 'unknown');
      return [name, wanted, actual] as const;
    }),
  ];
  return differences
    .filter(([, wanted, actual]) => wanted !== actual)
    .map(([setting, wanted, actual]) => ({ setting, wanted: String(wanted), actual: String(actual) }));
}
