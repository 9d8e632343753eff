import { describe, expect, it } from 'vitest';
import { toTopicResults } from '../../../src/stores/kafka/check-topics.ts';
import { toTopicFacts } from '../../../src/stores/kafka/cluster/topics/topic-facts.ts';
import { createTopicFacts, testTopics } from '../../support/topic-facts.ts';

const options = { topics: [testTopics], maxBodyBytes: 1000, windowMs: 259_200_000 };

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

  it('compares each latest-state topic with its own events topic, and dead letters with all that are filtered', () => {
    const limit = { 'max.message.bytes': '20000000' };
    const described = [
      createTopicFacts('events'),
      createTopicFacts('messages', { partitions: 6, configs: limit }),
      createTopicFacts('chats', { configs: { 'max.message.bytes': '30000000' } }),
      createTopicFacts('dead'),
      createTopicFacts('latest', { configs: { 'cleanup.policy': 'compact' } }),
      createTopicFacts('messages.latest', { configs: { 'cleanup.policy': 'compact' } }),
      toTopicFacts('chats.latest', undefined, undefined),
    ];
    const others = ['messages', 'chats'].map((events) => ({
      events,
      latest: `${events}.latest`,
      deadLetter: 'dead',
    }));
    const results = toTopicResults(new Map(described.map((facts) => [facts.topic, facts])), {
      topics: [testTopics, ...others],
      maxBodyBytes: 1000,
      windowMs: 259_200_000,
    });
    expect(
      results.filter(({ verdict }) => verdict !== 'ok').map(({ verdict, text }) => `${verdict} ${text}`),
    ).toEqual([
      expect.stringMatching(/^warning dead: dead takes 12582912 bytes, messages 20000000: /),
      'error messages.latest: messages has 6 partitions, messages.latest has 3: both need the same number.',
    ]);
    expect(results.at(-1)?.text).toBe('chats.latest does not exist; only the revision filter needs it');
  });
});
