import { createHash } from 'node:crypto';
import type { RejectionReason, SinkRecord } from '../ports/sink.ts';
import { isTimestamp } from './cloud-events-time.ts';
import type { EventSlice } from './event-fields.ts';
import { type EventKey, readDigits, readIdentifier, readName, readText } from './event-key.ts';
import type { RecordHeaders } from './record-headers.ts';
import type { UnusableReason } from './split-events.ts';
import { findTopic, type TopicRules } from './topic-rules.ts';

/** Where the records of a registration go. */
export interface RecordTopics {
  readonly events: string;
  readonly deadLetter: string;
  /** Other topics for some of the events; absent when all go to `events`. */
  readonly rules?: TopicRules;
}

/** What all events of one delivery share. */
export interface EventFacts {
  readonly webhook: string;
  readonly topics: RecordTopics;
  readonly commonHeaders: RecordHeaders;
}

/**
 * Headers follow the CloudEvents Kafka protocol binding, binary content mode
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
    // An extension attribute: CloudEvents SDKs pass on no other header.
    headers.ce_revision = revision;
  }
  return { topic: toTopic(name, facts.topics), key, value: bytes, headers };
}

function toTopic(name: string | undefined, { events, rules }: RecordTopics): string {
  return rules === undefined ? events : (findTopic(name, rules) ?? events);
}

/** A URN (RFC 8141). More is escaped than a URI demands (RFC 3986): decoding gives the id again, and that is enough. */
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

const everyReason: Readonly<Record<DeadLetterReason, true>> = {
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

export const deadLetterReasons = Object.keys(everyReason) as readonly DeadLetterReason[];

/** Where the bytes of a dead letter stood in their body. */
export interface BodyPosition {
  /** Position in the array; `undefined` when the bytes are the whole body. */
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
