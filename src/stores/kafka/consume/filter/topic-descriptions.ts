import type { TopicNames } from '../../../../config/topic-names.ts';
import type { FilterTopics } from '../../../../filter/filter-store.ts';
import type { ClusterReader } from '../../cluster/cluster-reader.ts';
import { KafkaAnswerError, unknownErrorCode } from '../../cluster/errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { ExpectedTopic } from '../../cluster/topics/expected-topics.ts';
import { type TopicFacts, toTopicFacts } from '../../cluster/topics/topic-facts.ts';
import { defaultTopicSettings } from '../../cluster/topics/topic-settings.ts';
import { validatePartitionCounts, validateTopic } from '../../cluster/topics/validate-topic.ts';

/**
 * Queries the brokers about the topics of the filter. Every method rejects with the kind `reroute` if no broker can
 * currently respond.
 */
export interface TopicDescriptions {
  describeAll(): Promise<FilterTopics>;
  /**
   * Returns `max.message.bytes` of the latest-state topic, which must exist. Returns the Kafka default if the client
   * may not read the setting.
   */
  maxLatestBatchBytes(): Promise<number>;
  /**
   * Counts the partitions of the events topic. Rejects if the topic does not exist, because no partition could be
   * assigned.
   */
  countPartitions(): Promise<number>;
}

interface TopicDescriptionsDeps {
  readonly topics: TopicNames;
  /** Time in milliseconds for which the filter remembers an entity. */
  readonly windowMs: number;
  readonly routes: KafkaRoutes;
  readonly reader: Pick<ClusterReader, 'describeTopic'>;
}

export function createTopicDescriptions({
  topics,
  windowMs,
  routes,
  reader,
}: TopicDescriptionsDeps): TopicDescriptions {
  /** The query in flight. Up to a thousand partitions share its result. */
  let maxLatestBatchBytes: Promise<number> | undefined;

  async function describeTopic(name: string): Promise<TopicFacts> {
    const topicView = await routes.topicViewOf(name);
    if (topicView === undefined) {
      return toTopicFacts(name, undefined, undefined);
    }
    const topicSettings = await reader.describeTopic(name).catch((cause: unknown) => {
      throw new KafkaAnswerError('reroute', unknownErrorCode, `${name} cannot be described`, { cause });
    });
    return toTopicFacts(name, topicView, topicSettings);
  }

  async function findMaxLatestBatchBytes(): Promise<number> {
    const { exists, settings = defaultTopicSettings } = await describeTopic(topics.latest);
    if (!exists) {
      // The broker may not know a new topic yet, so the query is retried. Otherwise, the Kafka default would be used
      // for as long as this process owns the partition.
      throw new KafkaAnswerError('reroute', unknownErrorCode, `${topics.latest} does not exist`);
    }
    return settings.maxMessageBytes;
  }

  return {
    async describeAll() {
      const [events, latest, deadLetter] = await Promise.all([
        describeTopic(topics.events),
        describeTopic(topics.latest),
        describeTopic(topics.deadLetter),
      ]);
      return validateFilterTopics({ events, latest, deadLetter }, windowMs);
    },
    maxLatestBatchBytes() {
      maxLatestBatchBytes ??= findMaxLatestBatchBytes().finally(() => {
        maxLatestBatchBytes = undefined;
      });
      return maxLatestBatchBytes;
    },
    async countPartitions() {
      const count = await routes.partitionCountOf(topics.events);
      if (count === 0) {
        throw new KafkaAnswerError('reroute', unknownErrorCode, `${topics.events} does not exist`);
      }
      return count;
    },
  };
}

interface FilterTopicFacts {
  readonly events: TopicFacts;
  readonly latest: TopicFacts;
  readonly deadLetter: TopicFacts;
}

/**
 * Validates the topics for the revision filter. If partition counts differ, the filter must not start, because it
 * would search for entities in the wrong partitions. Other findings about the two topics that the filter writes are
 * only logged. The receiver validates the events topic.
 */
export function validateFilterTopics(facts: FilterTopicFacts, windowMs: number): FilterTopics {
  const { events, latest, deadLetter } = facts;
  const [refusal] = validatePartitionCounts(events, latest).findings;
  return {
    ...facts,
    ...(refusal && { refusal: refusal.message }),
    findings: [
      ...toFindings({ role: 'latest', windowMs }, latest, events),
      ...toFindings({ role: 'dead_letter' }, deadLetter, events),
    ],
  };
}

function toFindings(
  expected: Pick<ExpectedTopic, 'role' | 'windowMs'>,
  facts: TopicFacts,
  events: TopicFacts,
): FilterTopics['findings'] {
  const { topic } = facts;
  // No largest value is expected, because events are limited only by their topic. `validateTopic` compares the limits
  // of both topics.
  const { findings } = validateTopic({ ...expected, topic, largestValueBytes: 0 }, facts, [events]);
  return findings.map(({ verdict, message }) => ({ verdict, message: `${topic}: ${message}` }));
}
