import { randomUUID } from 'node:crypto';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { createTopic, readEnds } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';

export const erasedKey = 'erased';
export const keptKey = 'kept';

/** An event as the receiver and the revision filter write it. */
function toState(key: string, revision: number, name: string) {
  const id = `${key}-${revision}`;
  return {
    key,
    value: JSON.stringify({ eventId: id, name, revision, payload: { messageId: key } }),
    headers: {
      ...{ ce_specversion: '1.0', ce_id: id, ce_type: name, ce_source: 'urn:test', ce_subject: key },
      ...{ 'content-type': 'application/json', revision: String(revision), ce_revision: String(revision) },
    },
  };
}

/** A tombstone as `forget` writes it: it has no value, no `ce_id`, and only this header. */
function toTombstone(key: string, revision: number) {
  return { key, value: null, headers: { 'entity-revision': String(revision) } };
}

const sent = toState(erasedKey, 1, 'message.sent');
const delivered = toState(erasedKey, 2, 'message.delivered');
const kept = toState(keptKey, 1, 'message.sent');
export const keptLater = toState(keptKey, 2, 'message.read');

/**
 * Creates a latest-state topic. It contains states, a tombstone, a repetition of an erased event, and a later state.
 */
export async function createLatestFeed({ repeatsErased = true } = {}) {
  const bootstrap = await kafkaBrokers();
  const topic = `events-${randomUUID()}.latest`;
  await createTopic(bootstrap, topic, { partitions: 1 });
  const send = await connectTestProducer(bootstrap);
  const repeat = repeatsErased ? [delivered] : [];
  await send(topic, [sent, kept, delivered, toTombstone(erasedKey, 2), ...repeat, keptLater]);
  return {
    env: { KAFKA_BROKERS: bootstrap, KAFKA_TOPIC: topic },
    /** Next offset of each partition. */
    readEnds: async () =>
      new Map((await readEnds(bootstrap, topic)).map(({ partition, high }) => [partition, Number(high)])),
  };
}
