import { type KafkaClientDeps, withKafkaClient } from '../client/kafka-client.ts';
import type { ClusterView } from '../cluster-view.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { type TopicFacts, toTopicFacts } from './topic-facts.ts';

export interface DescribedTopics {
  /** Each by its node id, at the address that the brokers advertise. */
  readonly brokers: ClusterView['brokers'];
  readonly clusterId: string | undefined;
  /** Every topic that was asked for, by name. */
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/**
 * Asks the cluster once for these topics.
 *
 * @throws {ConnectionError} when no broker answers
 * @throws {KafkaAnswerError} when the right to describe a topic is missing
 */
export function describeTopics(topics: readonly string[], deps: KafkaClientDeps): Promise<DescribedTopics> {
  return withKafkaClient(deps, topics, async ({ cluster }) => {
    const view = await cluster.read(topics);
    const facts = new Map<string, TopicFacts>();
    for (const topic of topics) {
      const found = view.topics.get(topic);
      // A topic that must not be described has no partitions either, and would pass for one that does not exist.
      if (found?.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
        checkErrorCode(errorCodes.TOPIC_AUTHORIZATION_FAILED, `describing the topic ${topic}`, {
          api: 'Metadata',
          topic,
        });
      }
      facts.set(topic, toTopicFacts(topic, found, await cluster.describeTopic(topic)));
    }
    return { brokers: view.brokers, clusterId: view.clusterId, topics: facts };
  });
}
