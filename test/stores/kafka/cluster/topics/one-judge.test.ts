import { describe, expect, test } from 'vitest';
import { toTopicResults } from '../../../../../src/stores/kafka/check-topics.ts';
import { createExpectedTopics } from '../../../../../src/stores/kafka/cluster/topics/expected-topics.ts';
import { planTopics, toTopicReport } from '../../../../../src/stores/kafka/cluster/topics/plan-topics.ts';
import { validateFilterTopics } from '../../../../../src/stores/kafka/consume/filter/topic-descriptions.ts';
import { createTopicFacts, testTopics } from '../../../../support/topic-facts.ts';

const windowMs = 259_200_000;

type Configs = Readonly<Record<string, string | null>>;

/** Returns the findings of the filter, of `check` and of `topics` about the two topics that the filter writes. */
function judgeByAll(configs: { latest?: Configs; deadLetter?: Configs; events?: Configs }) {
  const events = createTopicFacts('events', { configs: configs.events ?? {} });
  const latest = createTopicFacts('latest', { configs: { 'cleanup.policy': 'compact', ...configs.latest } });
  const deadLetter = createTopicFacts('dead', { configs: configs.deadLetter ?? {} });
  const described = new Map([events, latest, deadLetter].map((facts) => [facts.topic, facts]));
  const plans = planTopics({
    expected: createExpectedTopics([testTopics], 1000, windowMs),
    partitionCount: 3,
    brokerCount: 3,
  });
  return {
    filter: validateFilterTopics({ events, latest, deadLetter }, windowMs).findings.map(
      ({ verdict, message }) => `${verdict}: ${message}`,
    ),
    check: toTopicResults(described, { topics: [testTopics], maxBodyBytes: 1000, windowMs, known: [] })
      .filter(({ verdict }) => verdict !== 'ok')
      .map(({ verdict, text }) => `${verdict}: ${text}`),
    topics: plans.flatMap((plan) =>
      toTopicReport(plan, {
        created: false,
        facts: described.get(plan.topic),
        events: [events],
      }).findings.map(({ verdict, message }) => `${verdict}: ${plan.topic}: ${message}`),
    ),
  };
}

describe('the filter, "check" and "topics" find the same', () => {
  test.each([
    ['good topics', {}, []],
    [
      'a latest-state topic that is not compacted',
      { latest: { 'cleanup.policy': 'delete' } },
      [/^error: latest: cleanup.policy must be compact/],
    ],
    [
      'both policies, with a space',
      { latest: { 'cleanup.policy': 'delete, compact', 'retention.ms': '1209600000' } },
      [],
    ],
    [
      'tombstones that go before the events',
      { latest: { 'delete.retention.ms': '1209599999' } },
      [/^warning: latest: .* before events removes the events .* Set delete.retention.ms to 1209600000 or/],
    ],
    [
      'tombstones that expire before the events',
      { latest: { 'cleanup.policy': 'compact,delete', 'retention.ms': '604800000' } },
      [/^warning: latest: .* Set delete.retention.ms and retention.ms to 1209600000 or more/],
    ],
    [
      'events that go sooner',
      { events: { 'segment.ms': '1' }, latest: { 'delete.retention.ms': '604800001' } },
      [],
    ],
    [
      'events that stay for ever',
      { events: { 'retention.ms': '-1' } },
      [/^warning: latest: .* Set delete.retention.ms to 9223372036854775807 or more/],
    ],
    [
      'tombstones that stay for ever, too',
      { events: { 'retention.ms': '-1' }, latest: { 'delete.retention.ms': '9223372036854775807' } },
      [],
    ],
    ['a time of tombstones that is not reported', { latest: { 'delete.retention.ms': null } }, []],
    [
      'states that expire within the window',
      {
        events: { 'retention.ms': '86400000', 'segment.ms': '3600000' },
        latest: { 'cleanup.policy': 'compact,delete', 'retention.ms': '172800000' },
      },
      [/^warning: latest: retention.ms is 172800000, below FILTER_WINDOW \(259200000 ms\)/],
    ],
    [
      'a policy that Kafka does not know',
      { latest: { 'cleanup.policy': 'tiered' } },
      [/^warning: latest: The broker does not report cleanup.policy/],
    ],
    [
      'dead letters that hold less than an event',
      { events: { 'max.message.bytes': '20000000' } },
      [/^warning: dead: dead accepts records of at most 12582912 bytes, but events accepts 20000000 bytes: /],
    ],
    ['an unknown limit on events', { events: { 'max.message.bytes': null } }, []],
    [
      'dead letters that are compacted',
      { deadLetter: { 'cleanup.policy': 'compact' } },
      [/^error: dead: cleanup.policy is compact: the topic rejects dead letters/],
    ],
  ])('%s', (_, configs, expected) => {
    const found = judgeByAll(configs);
    expect(found.filter).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
    expect(found.check.toSorted()).toEqual(found.filter.toSorted());
    expect(found.topics.toSorted()).toEqual(found.filter.toSorted());
  });
});
