import type { StoredEvents } from '../../../ports/stored-events.ts';
import { partitionFor } from '../../append/partition-for.ts';
import { toHiddenError } from '../cluster/client/open-transaction.ts';
import { askOfTopic, readRanges, readTopicEnds, type TopicQuestion } from './read-topic.ts';

/** What is written to a topic from now on. */
export async function openKafkaEvents(question: TopicQuestion): Promise<StoredEvents> {
  const { topic } = question;
  const begin = await askOfTopic(question, async (client) => {
    const ends = await readTopicEnds(client, topic);
    const [first = { partition: 0, high: 0 }] = ends;
    // Without the right to read it could not be verified: better to know before anything is sent.
    const probe = { fromOffset: first.high, maxWaitMs: 0, maxBytes: 1 };
    await client.reader.fetch({ topic, partition: first.partition }, probe);
    return ends;
  });
  return {
    name: `the topic ${topic}`,
    partitionOf: (key) => partitionFor(key, begin.length),
    read: (handleEvent) =>
      askOfTopic(question, async (client) => {
        const ends = await readTopicEnds(client, topic);
        const hidden = ends.find((each) => each.hidden !== undefined)?.hidden;
        if (hidden !== undefined) {
          throw toHiddenError(hidden);
        }
        const ranges = ends.map(({ partition, high }) => ({
          partition,
          from: begin[partition]?.high ?? 0,
          to: high,
        }));
        await readRanges(client, topic, ranges, async (partition, records) => {
          for (const record of records) {
            handleEvent({
              key: record.key?.toString() ?? null,
              value: record.value ?? Buffer.alloc(0),
              id: record.header('ce_id'),
              partition,
            });
          }
        });
      }),
  };
}
