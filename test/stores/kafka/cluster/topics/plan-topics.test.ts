import { describe, expect, it } from 'vitest';
import type { ChosenTopicSetting } from '../../../../../src/ports/topics.ts';
import { createExpectedTopics } from '../../../../../src/stores/kafka/cluster/topics/expected-topics.ts';
import {
  checkReplicas,
  planTopics,
  type TopicPlan,
  toTopicReport,
} from '../../../../../src/stores/kafka/cluster/topics/plan-topics.ts';
import { createTopicFacts, testTopics } from '../../../../support/topic-facts.ts';

const names = [{ events: 'events', deadLetter: 'dead', latest: 'latest' }];
const options = { expected: createExpectedTopics(names, 10_485_760), partitionCount: 12, brokerCount: 5 };

describe('planTopics', () => {
  it.each([
    [1, 1, '1'],
    [2, 2, '1'],
    [3, 3, '2'],
  ])('makes the best of %i brokers', (brokerCount, replicationFactor, minInSync) => {
    for (const plan of planTopics({ ...options, brokerCount })) {
      expect(plan.replicationFactor).toBe(replicationFactor);
      expect(plan.settings['min.insync.replicas']).toBe(minInSync);
    }
  });

  it('keeps tombstones of the latest states for as long as an event may stay', () => {
    const keptMs = (...chosenSettings: readonly ChosenTopicSetting[]) =>
      planTopics({ ...options, chosenSettings })[2]?.settings['delete.retention.ms'];
    const toSetting = (name: string, value: string) => ({ role: 'events', name, value }) as const;
    expect(keptMs()).toBe('1209600000');
    expect(keptMs(toSetting('retention.ms', '86400000'), toSetting('segment.ms', '3600000'))).toBe(
      '90000000',
    );
    expect(keptMs(toSetting('retention.ms', '-1'))).toBe('9223372036854775807');
    expect(keptMs({ role: 'latest', name: 'delete.retention.ms', value: '5' })).toBe('5');
  });

  it('lets a dead letter hold a whole body', () => {
    const limit = (maxBodyBytes: number): number =>
      Number(
        planTopics({ ...options, expected: createExpectedTopics(names, maxBodyBytes) })[1]?.settings[
          'max.message.bytes'
        ],
      );
    expect(limit(1_000_000)).toBe(12_582_912);
    expect(limit(50_000_000)).toBe(50_000_000 + 1_048_576);
  });

  it('has the settings that are chosen, for one role before those for all', () => {
    const chosenSettings = [
      { role: 'dead-letter', name: 'retention.ms', value: '-1' },
      { role: undefined, name: 'retention.ms', value: '5000' },
      { role: undefined, name: 'segment.bytes', value: '1048576' },
      { role: 'latest', name: 'min.compaction.lag.ms', value: '1' },
    ] as const;
    const plans = planTopics({ ...options, chosenSettings, deadLetterPartitionCount: 7 });
    const [events, dead, latest] = plans.map(({ settings }) => settings);
    expect(events).toMatchObject({ 'retention.ms': '5000', 'segment.bytes': '1048576' });
    expect(dead).toMatchObject({ 'retention.ms': '-1', 'segment.bytes': '1048576' });
    expect(latest).toMatchObject({ 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '1' });
    expect(events).not.toHaveProperty(['min.compaction.lag.ms']);
    expect(plans.map(({ partitionCount }) => partitionCount)).toEqual([12, 7, 12]);
  });
});

const [plan] = planTopics({
  expected: createExpectedTopics([testTopics], 1000),
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

describe('checkReplicas', () => {
  const planOf = (replicationFactor: number, minInSyncReplicas: number) =>
    planTopics({ ...options, replicationFactor, minInSyncReplicas })[0] as TopicPlan;

  it.each([
    [5, 5],
    [3, 3],
    [1, 1],
  ])('takes %i replicas of which %i must answer, on five brokers', (replicas, inSync) => {
    expect(() => checkReplicas(planOf(replicas, inSync), 5)).not.toThrow();
  });

  it('refuses more replicas than brokers, and more that must answer than there are', () => {
    expect(() => checkReplicas(planOf(6, 2), 5)).toThrow(
      'the topic events needs 6 brokers for its 6 replicas, but the cluster has 5',
    );
    expect(() => checkReplicas(planOf(3, 4), 5)).toThrow(
      'the topic events would require 4 in-sync replicas, but its replication factor is 3',
    );
  });
});
