import { kafkaTopicSettings, nameTopicSettings } from '../../../../config/store-settings.ts';
import type { RecordRole } from '../../../../ports/record-reader.ts';
import { findNearest } from '../../../../runtime/similar-names.ts';
import { type KafkaClientDeps, withKafkaClient } from '../client/kafka-client.ts';
import type { ClusterView } from '../cluster-view.ts';
import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { type TopicFacts, toTopicFacts } from './topic-facts.ts';

export interface DescribedTopics {
  /** Brokers with their advertised addresses, by node ID. */
  readonly brokers: ClusterView['brokers'];
  readonly clusterId: string | undefined;
  readonly topics: ReadonlyMap<string, TopicFacts>;
}

/**
 * Queries the cluster once for these topics.
 *
 * @throws {ConnectionError} if no broker responds
 * @throws {KafkaAnswerError} if the client may not describe a topic
 */
export function describeTopics(topics: readonly string[], deps: KafkaClientDeps): Promise<DescribedTopics> {
  return withKafkaClient(deps, topics, async ({ cluster }) => {
    const clusterView = await cluster.read(topics);
    const facts = new Map<string, TopicFacts>();
    for (const topic of topics) {
      const topicView = clusterView.topics.get(topic);
      // A topic that the client may not describe has no partitions in the response, so without this check it would
      // look like a missing topic.
      if (topicView?.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
        checkErrorCode(errorCodes.TOPIC_AUTHORIZATION_FAILED, `cannot describe the topic ${topic}`, {
          api: 'Metadata',
          topic,
        });
      }
      facts.set(topic, toTopicFacts(topic, topicView, await cluster.describeTopic(topic)));
    }
    return { brokers: clusterView.brokers, clusterId: clusterView.clusterId, topics: facts };
  });
}

/**
 * Describes a topic that does not exist, and what to do, in one sentence without a full stop.
 *
 * @param known names of the topics in the cluster
 */
export function describeAbsentTopic(
  topic: string,
  role: RecordRole,
  { brokers, known }: { readonly brokers: readonly string[]; readonly known: readonly string[] },
): string {
  const nearest = findNearest(topic, known);
  const settings = nameTopicSettings(kafkaTopicSettings, role);
  const problem = `Kafka (${brokers.join(', ')}) has no topic ${topic}`;
  const advice = `check ${settings}, or create the topic with "comapi-webhook topics"`;
  return nearest === undefined
    ? `${problem}: ${advice}`
    : `${problem}: did you mean ${nearest}? If not, ${advice}`;
}

/** Lists all topics in the cluster that this client may describe. The list is empty if no broker responds. */
export async function listKafkaTopics(deps: KafkaClientDeps): Promise<readonly string[]> {
  try {
    const { topics } = await withKafkaClient(deps, [], ({ cluster }) => cluster.read('all'));
    return [...topics].flatMap(([topic, { errorCode }]) => (errorCode === 0 ? [topic] : []));
  } catch {
    return [];
  }
}
