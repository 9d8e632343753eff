import { describe, expect, it } from 'vitest';
import { toTopicResults } from '../../src/checks/check-topics.ts';
import { toTopicFacts } from '../../src/kafka/topics/topic-facts.ts';
import { createTopicFacts, testTopics as topics } from '../support/topic-facts.ts';

const options = {
  topics,
  webhooks: [{ topic: topics.events, deadLetterTopic: topics.deadLetter }],
  maxBodyBytes: 1000,
};

describe('toTopicResults', () => {
  it('needs no latest-state topic', () => {
    const described = [
      createTopicFacts('events', { configs: { 'compression.type': 'zstd' } }),
      createTopicFacts('dead', { configs: { 'min.insync.replicas': null } }),
      toTopicFacts('latest', undefined, undefined),
    ];
    const results = toTopicResults(new Map(described.map((facts) => [facts.topic, facts])), options);
    expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
    expect(results.map(({ text }) => text)).toEqual([
      'events: 3 partitions, 3 replicas, min.insync.replicas 2, compressed with zstd by the brokers',
      'dead: 3 partitions, 3 replicas, min.insync.replicas is not reported',
      'latest does not exist; only the revision filter needs it',
    ]);
  });

  it('compares the partitions of the latest-state topic with those of the events topic', () => {
    const described = [
      createTopicFacts('events'),
      createTopicFacts('dead'),
      createTopicFacts('latest', { partitions: 2, configs: { 'cleanup.policy': 'compact' } }),
    ];
    const results = toTopicResults(new Map(described.map((facts) => [facts.topic, facts])), options);
    expect(results.filter(({ verdict }) => verdict !== 'ok')).toEqual([
      {
        area: 'topics',
        verdict: 'error',
        text: 'latest: events has 3 partitions, latest has 2: both need the same number.',
      },
    ]);
  });

  it('judges a latest-state topic although no registration writes its events topic', () => {
    const described = [
      createTopicFacts('own'),
      createTopicFacts('own-dead'),
      createTopicFacts('latest', { partitions: 2 }),
    ];
    const webhooks = [{ topic: 'own', deadLetterTopic: 'own-dead' }];
    const results = toTopicResults(new Map(described.map((facts) => [facts.topic, facts])), {
      ...options,
      webhooks,
    });
    expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'error']);
    expect(results[2]?.text).toMatch(/^latest: cleanup.policy must be compact/);
  });
});
