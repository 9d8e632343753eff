import type { FilterTopics } from '../../revisions/filter-store.ts';
import type { TopicFinding } from '../../sink/topics.ts';
import type { TopicRole } from './expect-topics.ts';
import { judgePartitionCounts, judgeTopic } from './judge-topic.ts';
import type { TopicFacts } from './topic-facts.ts';

interface FilterTopicFacts {
  readonly events: TopicFacts;
  readonly latest: TopicFacts;
  readonly deadLetter: TopicFacts;
}

/**
 * What the revision filter does about the findings on its topics. Another number of partitions refuses it: it would
 * look entities up where they are not. What else is wrong of the two topics that it writes is logged. The events topic
 * is the receiver's to judge.
 */
export function judgeFilterTopics(facts: FilterTopicFacts): FilterTopics {
  const { events, latest, deadLetter } = facts;
  const [refusal] = judgePartitionCounts(events, latest).findings;
  return {
    ...facts,
    ...(refusal && { refusal: refusal.message }),
    findings: [...toFindings('latest', latest, events), ...toFindings('dead_letter', deadLetter, events)],
  };
}

function toFindings(role: TopicRole, facts: TopicFacts, events: TopicFacts): TopicFinding[] {
  const { topic } = facts;
  // The filter knows no limit on events but that of their topic, which `judgeTopic` compares by itself.
  const { findings } = judgeTopic({ topic, role, largestValueBytes: 0 }, facts, [events]);
  return findings.map(({ verdict, message }) => ({ verdict, message: `${topic}: ${message}` }));
}
