import { kafkaTopicSettings, nameTopicSettings } from '../../../../config/store-settings.ts';
import type { RecordRole } from '../../../../ports/record-reader.ts';
import { findNearest } from '../../../../runtime/near-names.ts';
import { type KafkaClientDeps, withKafkaClient } from '../client/kafka-client.ts';

/**
 * That there is no such topic, and what to do, as a sentence without its full stop.
 *
 * @param known the names of the cluster's topics
 */
export function describeAbsentTopic(
  topic: string,
  role: RecordRole,
  { brokers, known }: { readonly brokers: readonly string[]; readonly known: readonly string[] },
): string {
  const nearest = findNearest(topic, known);
  const meant = nearest === undefined ? '' : `did you mean ${nearest}? If not, `;
  const settings = nameTopicSettings(kafkaTopicSettings, role);
  return `Kafka (${brokers.join(', ')}) has no topic ${topic}: ${meant}check ${settings}, or create the topic with "comapi-webhook topics"`;
}

/** Of the whole cluster, as far as this client may know of them; none when no broker answers. */
export async function listKafkaTopics(deps: KafkaClientDeps): Promise<readonly string[]> {
  try {
    const { topics } = await withKafkaClient(deps, [], ({ cluster }) => cluster.read('all'));
    return [...topics].flatMap(([topic, { errorCode }]) => (errorCode === 0 ? [topic] : []));
  } catch {
    return [];
  }
}
