import { createHash } from 'node:crypto';
import type { RejectionReason, SinkRecord } from '../sink/sink.ts';
import { type EventKey, readNumberText } from './event-key.ts';
import type { EventSlice, UnusableReason } from './split-events.ts';

/** What is the same for every record of one delivery. */
export interface DeliveryFacts {
  readonly webhook: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly batchSize: number;
  /** W3C trace context of the request, when it had a valid one. */
  readonly traceparent?: string;
}

/** A header value longer than this is left out: the event itself still has it. */
const maxHeaderCharacters = 1024;

/**
 * Headers follow the CloudEvents Kafka protocol binding, binary content mode
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
 */
export function toEventRecord(slice: EventSlice, { key, kind }: EventKey, facts: DeliveryFacts): SinkRecord {
  const { eventId, name, apiSpaceId, timestamp } = slice.event;
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: toHeader(eventId) ?? createHash('sha256').update(slice.bytes).digest('hex'),
    ce_type: toHeader(name) ?? 'unknown',
    ce_source: `urn:comapi:api-space:${toHeader(apiSpaceId) ?? 'unknown'}`,
    'content-type': 'application/json',
    'received-at': facts.receivedAt,
    webhook: facts.webhook,
  };
  const time = toHeader(timestamp);
  if (time !== undefined) {
    headers.ce_time = time;
  }
  if (kind === 'entity') {
    headers.ce_subject = key;
  }
  const revision = readNumberText(slice, ['revision']);
  if (revision !== undefined && /^\d+$/.test(revision)) {
    headers.revision = revision;
  }
  if (facts.traceparent !== undefined) {
    headers.traceparent = facts.traceparent;
  }
  return { topic: facts.topic, key, value: slice.bytes, headers };
}

export type DeadLetterReason = UnusableReason | RejectionReason;

const everyReason: Readonly<Record<DeadLetterReason, true>> = {
  not_json: true,
  not_object: true,
  not_utf8: true,
  too_many_events: true,
  no_key: true,
  too_large: true,
  rejected_by_broker: true,
};

export const deadLetterReasons = Object.keys(everyReason) as readonly DeadLetterReason[];

/** @param batchIndex position in the array; `undefined` when the bytes are the whole body */
export function toDeadLetter(
  bytes: Buffer,
  reason: DeadLetterReason,
  batchIndex: number | undefined,
  facts: DeliveryFacts,
): SinkRecord {
  const headers: Record<string, string> = {
    reason,
    'received-at': facts.receivedAt,
    webhook: facts.webhook,
    'batch-size': String(facts.batchSize),
  };
  if (batchIndex !== undefined) {
    headers['batch-index'] = String(batchIndex);
  }
  if (facts.traceparent !== undefined) {
    headers.traceparent = facts.traceparent;
  }
  return { topic: facts.deadLetterTopic, key: null, value: bytes, headers };
}

function toHeader(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= maxHeaderCharacters ? value : undefined;
}
