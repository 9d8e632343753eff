import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';

export interface EntityEvent {
  readonly entity: string;
  readonly revision?: bigint;
  readonly timestampMs?: number;
}

/** Creates a record in the same format as the receiver. */
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
      ...(revision !== undefined && { revision: String(revision), ce_revision: String(revision) }),
    },
    ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
  };
}
