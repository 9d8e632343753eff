import { describe, expect, it } from 'vitest';
import type { ExpectedTopic } from '../../../../../src/stores/kafka/cluster/topics/expected-topics.ts';
import type { TopicFacts } from '../../../../../src/stores/kafka/cluster/topics/topic-facts.ts';
import type { TopicSettings } from '../../../../../src/stores/kafka/cluster/topics/topic-settings.ts';
import {
  validatePartitionCounts,
  validateTopic,
} from '../../../../../src/stores/kafka/cluster/topics/validate-topic.ts';

const events: ExpectedTopic = { topic: 'events', role: 'events', largestValueBytes: 10_485_760 };
const deadLetter: ExpectedTopic = { ...events, topic: 'dead', role: 'dead_letter' };
const latest: ExpectedTopic = { ...events, topic: 'latest', role: 'latest' };

const goodSettings: TopicSettings = {
  minInSyncReplicas: 2,
  maxMessageBytes: 12_582_912,
  cleanupPolicy: 'delete',
  retentionMs: 604_800_000,
  segmentMs: 604_800_000,
  deleteRetentionMs: 1_209_600_000,
  uncleanLeaderElection: false,
  compressionType: 'producer',
  unreported: new Set(),
};

function createTopicFacts(settings: Partial<TopicSettings> = {}, rest: Partial<TopicFacts> = {}): TopicFacts {
  return {
    topic: 'some-topic',
    exists: true,
    partitionCount: 12,
    replicationFactor: 3,
    inSyncCounts: [3, 3, 3],
    settings: { ...goodSettings, ...settings },
    ...rest,
  };
}

describe('validateTopic', () => {
  it('finds nothing wrong with three replicas of which two must answer', () => {
    expect(validateTopic(events, createTopicFacts())).toEqual({ verdict: 'ok', findings: [] });
    expect(validateTopic(deadLetter, createTopicFacts())).toEqual({ verdict: 'ok', findings: [] });
    expect(validateTopic(latest, createTopicFacts({ cleanupPolicy: 'compact' }))).toEqual({
      verdict: 'ok',
      findings: [],
    });
    // The lowest accepted values, with space for the key and headers of a body.
    const least = { maxMessageBytes: 1_000_000, retentionMs: 86_400_000 };
    expect(validateTopic(events, createTopicFacts(least)).findings).toEqual([]);
    expect(
      validateTopic(deadLetter, createTopicFacts({ ...least, maxMessageBytes: 10_502_144 })).findings,
    ).toEqual([]);
  });

  it.each<[string, RegExp, ExpectedTopic, Partial<TopicSettings>, Partial<TopicFacts>?]>([
    ['a missing topic', /^error: .*does not exist/, events, {}, { exists: false }],
    [
      'one replica',
      /^warning: The topic has only one/,
      events,
      { minInSyncReplicas: 1 },
      { replicationFactor: 1 },
    ],
    ['more demanded than there are', /^warning: .*reject every write/, events, {}, { replicationFactor: 1 }],
    ['one in-sync replica enough', /^warning: min.insync.* is 1/, events, { minInSyncReplicas: 1 }],
    [
      'all replicas demanded',
      /^warning: .*if a single broker is down, no writes succeed/,
      events,
      { minInSyncReplicas: 3 },
    ],
    ['unclean elections', /^warning: unclean.leader.election/, events, { uncleanLeaderElection: true }],
    ['replicas out of sync', /^warning: 2 partitions have/, events, {}, { inSyncCounts: [3, 1, 1] }],
    ['small records only', /^warning: max.message.bytes is 999999/, events, { maxMessageBytes: 999_999 }],
    ['no room for a body', /^warning: .* to 10502144 or more/, deadLetter, { maxMessageBytes: 10_502_143 }],
    ['compacted events', /^warning: .*earlier events/, events, { cleanupPolicy: 'compact,delete' }],
    ['compacted dead letters', /^error: .*have no key/, deadLetter, { cleanupPolicy: 'compact' }],
    ['a latest state that expires', /^error: .*must be compact/, latest, {}],
    ['retention below a day', /^warning: .*within a day/, events, { retentionMs: 86_399_999 }],
    ['unreadable settings', /^warning: .*DescribeConfigs/, events, {}, { settings: undefined }],
  ])('says what is wrong with %s', (_, expected, role, settings, rest = {}) => {
    const { verdict, findings } = validateTopic(role, createTopicFacts(settings, rest));
    expect(`${verdict}: ${findings.map(({ message }) => message).join(' ')}`).toMatch(expected);
  });

  it('says nothing against a setting that was not reported, but what the default would mean', () => {
    const unreported = new Set(['min.insync.replicas', 'max.message.bytes', 'cleanup.policy'] as const);
    const defaults = { minInSyncReplicas: 1, maxMessageBytes: 1_048_588, unreported };
    const messages = (expected: ExpectedTopic) =>
      validateTopic(expected, createTopicFacts(defaults)).findings.map(
        ({ verdict, message }) => `${verdict}: ${message}`,
      );
    expect(messages(events)).toEqual([]);
    expect(messages(deadLetter)).toEqual([
      expect.stringMatching(/^warning: The broker does not report .*, and Kafka's/),
    ]);
    expect(messages(latest)).toEqual([
      expect.stringMatching(/^warning: The broker does not report cleanup.policy/),
    ]);
  });

  it('does not judge by the replicas when no partition was described', () => {
    expect(
      validateTopic(events, createTopicFacts({}, { replicationFactor: 0, inSyncCounts: [0] })).verdict,
    ).not.toBe('error');
  });

  it('does not send events to the dead-letter topic because of its own limit', () => {
    const small = { ...deadLetter, largestValueBytes: 100_000 };
    expect(validateTopic(small, createTopicFacts({ maxMessageBytes: 500_000 }))).toEqual({
      verdict: 'ok',
      findings: [],
    });
  });

  it('takes unlimited retention as it is, and says that none at all is short', () => {
    expect(validateTopic(events, createTopicFacts({ retentionMs: -1 })).verdict).toBe('ok');
    expect(validateTopic(events, createTopicFacts({ retentionMs: 0 })).verdict).toBe('warning');
    const states = { cleanupPolicy: 'compact,delete', retentionMs: 0 };
    expect(validateTopic({ ...latest, windowMs: 1_000 }, createTopicFacts(states)).verdict).toBe('warning');
  });

  it.each([
    [604_800_000, false],
    [604_800_001, true],
  ])('of a window of %i ms, beside a retention of a week, it complains: %s', (windowMs, isShort) => {
    const { findings } = validateTopic(
      { ...latest, windowMs },
      createTopicFacts({ cleanupPolicy: 'compact,delete' }),
    );
    expect(findings.some(({ message }) => message.includes('FILTER_WINDOW'))).toBe(isShort);
  });

  it('says of one replica once what is wrong with it', () => {
    const one = createTopicFacts({ minInSyncReplicas: 1 }, { replicationFactor: 1, inSyncCounts: [1, 1, 1] });
    expect(validateTopic(events, one).findings).toHaveLength(1);
  });
});

describe('judgePartitionCounts', () => {
  it('demands as many partitions of the latest state as of the events', () => {
    expect(validatePartitionCounts(createTopicFacts(), createTopicFacts()).verdict).toBe('ok');
    expect(
      validatePartitionCounts(createTopicFacts(), createTopicFacts({}, { partitionCount: 6 })).verdict,
    ).toBe('error');
    expect(
      validatePartitionCounts(createTopicFacts(), createTopicFacts({}, { partitionCount: 0, exists: false }))
        .verdict,
    ).toBe('ok');
  });
});
