import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';

export interface FillOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly count: number;
  readonly valueBytes: number;
  /** Events of one entity, with revisions from 1 on. */
  readonly revisionsPerEntity: number;
  /** In order, or each entity's revisions from the highest down: all but one are then obsolete. */
  readonly isReversed: boolean;
}

const sendBatch = 900;

/** Events as the receiver stores them, with all of its headers. */
export async function fillEvents(options: FillOptions): Promise<void> {
  const { bootstrap, topic, partitions, count, revisionsPerEntity, isReversed } = options;
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const entities = Array.from({ length: Math.ceil(count / revisionsPerEntity) }, () => randomUUID());
  let messages: Message[] = [];
  for (let n = 0; n < count; n += 1) {
    const entity = entities[n % entities.length] ?? '';
    const round = Math.floor(n / entities.length) + 1;
    const revision = isReversed ? revisionsPerEntity + 1 - round : round;
    messages.push(toMessage(entity, revision, options, partitions));
    if (messages.length === sendBatch || n === count - 1) {
      await producer.send({ topic, messages, acks: 1 });
      messages = [];
    }
  }
  await producer.disconnect();
}

function toMessage(
  entity: string,
  revision: number,
  { valueBytes }: FillOptions,
  partitions: number,
): Message {
  const eventId = randomUUID();
  const head = `{"eventId":"${eventId}","accountId":12345,"name":"message.delivered","revision":${revision},"payload":{"id":"${entity}","text":"`;
  return {
    key: entity,
    partition: partitionFor(entity, partitions),
    value: `${head}${'x'.repeat(Math.max(0, valueBytes - head.length - 3))}"}}`,
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: 'message.delivered',
      ce_source: 'urn:comapi:api-space:0d2b9e8f-3c2a-4f0e-9a51-6f0f4d1a7c55',
      'content-type': 'application/json',
      'received-at': '2026-01-01T00:00:00.000Z',
      webhook: 'webhook',
      ce_time: '2026-01-01T00:00:00.000Z',
      ce_subject: entity,
      revision: String(revision),
      ce_revision: String(revision),
    },
  };
}
