import type { Logger } from '../../runtime/logger.ts';
import { createBrokerConnection } from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import { applyTimeouts, defaultClusterSettings } from '../cluster/cluster-settings.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import { type TopicFacts, toTopicFacts } from './topic-facts.ts';

export interface DescribeTopicsDeps {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
}

export interface DescribedTopics {
  readonly brokerCount: number;
  /** Every topic that was asked for, by name. */
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/**
 * Asks the cluster once for these topics.
 *
 * @throws {ConnectionError} when no broker answers
 * @throws {KafkaAnswerError} when the right to describe a topic is missing
 */
export async function describeTopics(
  topics: readonly string[],
  { connection, logger }: DescribeTopicsDeps,
): Promise<DescribedTopics> {
  const settings = applyTimeouts(defaultClusterSettings, connection);
  const reader = createClusterReader({
    bootstrap: connection.brokers,
    openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
    hedgeMs: settings.hedgeMs,
  });
  try {
    const view = await reader.read(topics);
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
      facts.set(topic, toTopicFacts(topic, found, await reader.describeTopic(topic)));
    }
    return { brokerCount: view.brokers.size, topics: facts };
  } finally {
    reader.close();
  }
}
