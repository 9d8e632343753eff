import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { partitionFor } from '../../../src/kafka/partition-for.ts';

export interface EntityEvent {
  readonly entity: string;
  readonly revision?: bigint;
  readonly timestampMs?: number;
}

/** A record as the receiver writes it. */
export function toEventMessage({ entity, revision, timestampMs }: EntityEvent, partitions: number): Message {
  const eventId = randomUUID();
  return {
    key: entity,
    partition: partitionFor(entity, partitions),
    value: `{"eventId":"${eventId}","name":"message.delivered","revision":${revision ?? null}}`,
    headers: {
      ce_specversion: '1.0',
      ce_id: eventId,
      ce_type: 'message.delivered',
      ce_source: 'urn:comapi:api-space:test',
      'content-type': 'application/json',
      'received-at': new Date().toISOString(),
      webhook: 'webhook',
      ce_subject: entity,
      ...(revision !== undefined && { revision: String(revision) }),
    },
    ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
  };
}

export type SendMessages = (topic: string, messages: Message[]) => Promise<void>;

/** A plain producer for as long as the test runs. */
export async function connectTestProducer(bootstrap: string): Promise<SendMessages> {
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return async (topic, messages) => {
    await producer.send({ topic, messages, acks: -1 });
  };
}
