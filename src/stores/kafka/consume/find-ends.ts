import { listTopicNames, type RecordSelection, type StoreEnds } from '../../../ports/record-reader.ts';
import { partitionFor } from '../../append/partition-for.ts';
import type { KafkaClientDeps } from '../cluster/client/kafka-client.ts';
import { askOfTopic, readTopicEnds } from './read-topic.ts';

/** The next offset of each partition. */
export async function findKafkaEnds(deps: KafkaClientDeps, selection: RecordSelection): Promise<StoreEnds> {
  const topics = listTopicNames(selection);
  const parts = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const topic of topics) {
    const ends = await askOfTopic({ ...deps, topic, role: selection.role }, async (client) => {
      const found = await readTopicEnds(client, topic);
      const [first = { partition: 0, high: 0 }] = found;
      // Without the right to read it nothing could be read later: better to know before anything is sent.
      const probe = { fromOffset: first.high, maxWaitMs: 0, maxBytes: 1 };
      await client.reader.fetch({ topic, partition: first.partition }, probe);
      return found;
    });
    counts.set(topic, ends.length);
    for (const { partition, high } of ends) {
      parts.set(`${topic}/${partition}`, String(high));
    }
  }
  return {
    name: topics.map((topic) => `the topic ${topic}`).join(', '),
    parts,
    partOf: (topic, key) => `${topic}/${partitionFor(key, counts.get(topic) ?? 1)}`,
  };
}
