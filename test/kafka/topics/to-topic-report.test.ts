import { describe, expect, it } from 'vitest';
import { expectTopics } from '../../../src/kafka/topics/expect-topics.ts';
import { planTopics, type TopicPlan } from '../../../src/kafka/topics/plan-topics.ts';
import { toTopicReport } from '../../../src/kafka/topics/to-topic-report.ts';
import { createTopicFacts, testTopics } from '../../support/topic-facts.ts';

const [plan] = planTopics({
  expected: expectTopics([testTopics], 1000),
  partitionCount: 3,
  brokerCount: 3,
}) as [TopicPlan];

describe('toTopicReport', () => {
  it('gives a missing topic as it would be', () => {
    expect(toTopicReport(plan, { created: false, facts: undefined, events: [] })).toEqual({
      topic: 'events',
      outcome: 'missing',
      partitionCount: 3,
      replicationFactor: 3,
      differences: [],
      findings: [],
    });
  });

  it('finds no difference in a topic as it would be created', () => {
    const report = toTopicReport(plan, {
      created: true,
      facts: createTopicFacts('events'),
      events: [],
    });
    expect(report).toMatchObject({ outcome: 'created', differences: [], findings: [] });
  });

  it('names each difference, and what is not reported', () => {
    const facts = createTopicFacts('events', {
      partitions: 6,
      configs: { 'min.insync.replicas': null, 'retention.ms': '-1' },
    });
    const { outcome, differences } = toTopicReport(plan, { created: false, facts, events: [] });
    expect(outcome).toBe('present');
    expect(differences).toEqual([
      { setting: 'partitions', wanted: '3', actual: '6' },
      { setting: 'min.insync.replicas', wanted: '2', actual: 'not reported' },
      { setting: 'retention.ms', wanted: '604800000', actual: '-1' },
    ]);
  });
});
