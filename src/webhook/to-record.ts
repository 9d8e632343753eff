import { createHash } from 'node:crypto';
import type { RejectionReason, SinkRecord } from '../ports/sink.ts';
import { isTimestamp } from './cloud-events-time.ts';
import type { EventSlice } from './event-fields.ts';
import { type EventKey, readDigits, readIdentifier, readName, readText } from './event-key.ts';
import type { RecordHeaders } from './record-headers.ts';
import type { UnusableReason } from './split-events.ts';
import { findTopic, type TopicRules } from './topic-rules.ts';

export interface RecordTopics {
  readonly events: string;
  readonly deadLetter: string;
  /** Rules that route some events to other topics. Absent if all events go to the topic `events`. */
  readonly rules?: TopicRules;
}

/** Values that all events of one delivery share. */
export interface EventFacts {
  readonly webhook: string;
  readonly topics: RecordTopics;
  readonly commonHeaders: RecordHeaders;
}

/**
 * Builds the record of an event. Its headers follow the CloudEvents Kafka protocol binding, binary content mode
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
 */
export function toEventRecord(slice: EventSlice, { key, kind }: EventKey, facts: EventFacts): SinkRecord {
  const { bytes, text, fields } = slice;
  const name = readText(text, fields.name);
  const timestamp = readText(text, fields.timestamp);
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: readIdentifier(text, fields.eventId) ?? createHash('sha256').update(bytes).digest('hex'),
    ce_type: readName(text, fields.name) ?? 'unknown',
    ce_source: toSource(slice),
    'content-type': 'application/json',
    ...facts.commonHeaders,
  };
  if (timestamp !== undefined && isTimestamp(timestamp)) {
    headers.ce_time = timestamp;
  }
  if (kind === 'entity') {
    headers.ce_subject = key;
  }
  const revision = readDigits(text, fields.revision);
  if (revision !== undefined) {
    headers.revision = revision;
    // The revision is also written as a CloudEvents extension attribute, because CloudEvents SDKs forward no other
    // headers.
    headers.ce_revision = revision;
  }
  return { topic: toTopic(name, facts.topics), key, value: bytes, headers };
}

function toTopic(name: string | undefined, { events, rules }: RecordTopics): string {
  return rules === undefined ? events : (findTopic(name, rules) ?? events);
}

/** Builds a URN (RFC 8141). It escapes more characters than RFC 3986 requires, but decoding returns the original id. */
function toSource({ text, fields }: EventSlice): string {
  const { apiSpaceId, lastSource } = fields;
  const id = readIdentifier(text, apiSpaceId) ?? 'unknown';
  if (id !== lastSource.id) {
    lastSource.id = id;
    lastSource.urn = `urn:comapi:api-space:${encodeURIComponent(id)}`;
  }
  return lastSource.urn;
}

export type DeadLetterReason = UnusableReason | RejectionReason;

const deadLetterReasonSet: Readonly<Record<DeadLetterReason, true>> = {
  not_json: true,
  not_object: true,
  not_utf8: true,
  too_deep: true,
  too_many_values: true,
  too_many_events: true,
  no_key: true,
  unexpected_error: true,
  too_large: true,
  rejected_by_broker: true,
};

export const deadLetterReasons = Object.keys(deadLetterReasonSet) as readonly DeadLetterReason[];

/** Position of a dead letter's bytes in the request body. */
export interface BodyPosition {
  /** Index of the element in the batch array, or `undefined` if the dead letter contains the whole body. */
  readonly batchIndex: number | undefined;
  readonly batchSize: number;
}

export function toDeadLetter(
  bytes: Buffer,
  reason: DeadLetterReason,
  { batchIndex, batchSize }: BodyPosition,
  facts: EventFacts,
): SinkRecord {
  const headers = {
    reason,
    ...facts.commonHeaders,
    'batch-size': String(batchSize),
    ...(batchIndex !== undefined && { 'batch-index': String(batchIndex) }),
  };
  return { topic: facts.topics.deadLetter, key: null, value: bytes, headers };
}
