import type { KafkaConnectionConfig } from '../config/kafka-config.ts';
import type { Logger } from '../runtime/logger.ts';
import { createClusterReader } from './cluster-reader.ts';
import { createKafkajsBrokerLink } from './kafkajs-broker-link.ts';
import { defaultProduceSettings } from './produce-settings.ts';
import { toTopicFacts } from './to-topic-facts.ts';
import type { TopicFacts } from './topic-facts.ts';

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
 */
export async function describeTopics(
  topics: readonly string[],
  { connection, logger }: DescribeTopicsDeps,
): Promise<DescribedTopics> {
  const settings = defaultProduceSettings;
  const reader = createClusterReader({
    bootstrap: connection.brokers,
    openLink: (address) => createKafkajsBrokerLink({ address, connection, settings, logger }),
    hedgeMs: settings.hedgeMs,
  });
  try {
    const view = await reader.read(topics);
    const facts = new Map<string, TopicFacts>();
    for (const topic of topics) {
      facts.set(topic, toTopicFacts(view.topics.get(topic), await reader.describeTopic(topic)));
    }
    return { brokerCount: view.brokers.size, topics: facts };
  } finally {
    reader.close();
  }
}
