import type { KafkaConnectionConfig } from '../../config/kafka-config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import { defaultClusterSettings } from '../cluster/cluster-settings.ts';
import { createKafkajsBrokerLink } from '../cluster/kafkajs-broker-link.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { toTopicFacts } from './to-topic-facts.ts';
import type { TopicFacts } from './topic-facts.ts';

const topicDenied = 29;

interface DescribeTopicsDeps {
  readonly connection: KafkaConnectionConfig;
  readonly logger: Logger;
}

export interface DescribedTopics {
  readonly brokerCount: number;
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/**
 * Asks the cluster once what it knows of these topics.
 *
 * @throws LinkError when no broker answers
 * @throws {KafkaAnswerError} when a topic may not be looked at
 */
export async function describeTopics(
  topics: readonly string[],
  { connection, logger }: DescribeTopicsDeps,
): Promise<DescribedTopics> {
  const settings = defaultClusterSettings;
  const reader = createClusterReader({
    bootstrap: connection.brokers,
    openLink: (address) => createKafkajsBrokerLink({ address, connection, settings, logger }),
    hedgeMs: settings.hedgeMs,
  });
  try {
    const view = await reader.read(topics);
    const facts = new Map<string, TopicFacts>();
    for (const topic of topics) {
      // Without the right to see it, a topic looks as if it did not exist.
      const errorCode = view.topics.get(topic)?.errorCode ?? 0;
      if (errorCode === topicDenied) {
        checkErrorCode(errorCode, `looking at the topic ${topic}`, { api: 'Metadata', topic });
      }
      facts.set(topic, toTopicFacts(view.topics.get(topic), await reader.describeTopic(topic)));
    }
    return { brokerCount: view.brokers.size, topics: facts };
  } finally {
    reader.close();
  }
}
