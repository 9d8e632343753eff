import { describe, expect, it } from 'vitest';
import { judgeFilterTopics } from '../../../src/kafka/topics/judge-filter-topics.ts';
import { toTopicFacts } from '../../../src/kafka/topics/topic-facts.ts';
import { createTopicFacts } from '../../support/topic-facts.ts';

const events = createTopicFacts('events');
const latest = createTopicFacts('latest', { configs: { 'cleanup.policy': 'compact' } });
const deadLetter = createTopicFacts('dead');

describe('judgeFilterTopics', () => {
  it('lets the filter run on topics that fit together', () => {
    const topics = { events, latest, deadLetter };
    expect(judgeFilterTopics(topics)).toEqual({ ...topics, findings: [] });
  });

  it('refuses no topic that is missing', () => {
    const missing = toTopicFacts('latest', undefined, undefined);
    const judged = judgeFilterTopics({ events, latest: missing, deadLetter });
    expect(judged.refusal).toBeUndefined();
    expect(judged.latest).toMatchObject({ topic: 'latest', partitionCount: 0 });
  });

  it('refuses another number of partitions', () => {
    const more = createTopicFacts('events', { partitions: 4 });
    expect(judgeFilterTopics({ events: more, latest, deadLetter }).refusal).toBe(
      'events has 4 partitions, latest has 3: both need the same number.',
    );
  });

  it('runs on a latest-state topic that is not compacted, with an error to log', () => {
    const kept = createTopicFacts('latest');
    const { refusal, findings } = judgeFilterTopics({ events, latest: kept, deadLetter });
    expect(refusal).toBeUndefined();
    expect(findings).toEqual([
      {
        verdict: 'error',
        message: 'latest: cleanup.policy must be compact: the latest state of an entity would expire.',
      },
    ]);
  });
});
