import { randomUUID } from 'node:crypto';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import type { StoredRecord } from '../support/kafka/read-topic.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { type FilledTopic, partitions, toLatestStates } from './fill-topic.ts';
import type { Effects } from './recipe-database.ts';

export type RecipeFeed = Awaited<ReturnType<typeof createRecipeFeed>>;

/**
 * Creates a topic, and sends the receiver's records to it in portions. Some are out of order or repeated, as in
 * deliveries from the provider.
 */
export async function createRecipeFeed({ env: { KAFKA_BROKERS }, records }: FilledTopic) {
  const topic = `events-${randomUUID()}`;
  await createTopic(KAFKA_BROKERS, topic, { partitions });
  const send = await connectTestProducer(KAFKA_BROKERS);
  // Sorts the records by id to shuffle them, because the provider does not guarantee an order. Ids are random, except
  // for those of the test, which come first.
  const unordered = records.toSorted((a, b) => (String(a.headers.ce_id) < String(b.headers.ce_id) ? 1 : -1));
  const sent: StoredRecord[] = [];
  let used = 0;

  async function append(batch: readonly StoredRecord[]): Promise<void> {
    await send(
      topic,
      batch.map(({ key, value, headers, partition }) => ({ key, value, headers, partition })),
    );
    for (const record of batch) {
      const offset = sent.filter(({ partition }) => partition === record.partition).length;
      sent.push({ ...record, offset });
    }
  }

  return {
    env: { KAFKA_BROKERS, KAFKA_TOPIC: topic },
    sent: sent as readonly StoredRecord[],
    /** Next offset to be written, by partition. */
    ends: () =>
      new Map(
        Array.from({ length: partitions }, (_, index) => [
          index,
          sent.filter(({ partition }) => partition === index).length,
        ]),
      ),
    /**
     * Sends the next records, starting again with the first one after the last one. Then sends a test event of this
     * product. Finally sends the same records in reverse order: every second one unchanged, as a repetition, and the
     * others as new events with an obsolete revision.
     */
    async sendNext(count: number): Promise<void> {
      const next = Array.from({ length: count }, () => unordered[used++ % unordered.length] as StoredRecord);
      const again = next.toReversed().map((record, index) => ({
        ...record,
        headers: index % 2 === 0 ? record.headers : { ...record.headers, ce_id: randomUUID() },
      }));
      const [first] = next as [StoredRecord, ...StoredRecord[]];
      const own = { ce_id: randomUUID(), ce_type: 'webhook.test', revision: '18446744073709551615' };
      await append([...next, { ...first, headers: { ...first.headers, ...own } }, ...again]);
    },
    /** Returns the effects that all sent records must have had in the database. */
    expectedEffects(): Effects {
      const foreign = sent.filter(({ headers }) => !headers.ce_type?.startsWith('webhook.'));
      const counts: Record<string, number> = {};
      for (const { headers } of new Map(foreign.map((record) => [record.headers.ce_id, record])).values()) {
        const type = String(headers.ce_type);
        counts[type] = (counts[type] ?? 0) + 1;
      }
      return { counts, states: Object.fromEntries(toLatestStates(foreign)) };
    },
  };
}
