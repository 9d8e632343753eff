import { createHash } from 'node:crypto';
import type { RejectionReason, SinkRecord } from '../sink/sink.ts';
import { isTimestamp } from './cloud-events-time.ts';
import { type EventKey, readDigits, readEventId, readIdentifier, toName } from './event-key.ts';
import type { PropertyPath } from './key-rules.ts';
import type { EventSlice } from './read-element.ts';
import type { RecordHeaders } from './record-headers.ts';
import type { UnusableReason } from './split-events.ts';
import { findTopic, type TopicRules } from './topic-rules.ts';

/** What all events of one delivery share. */
export interface EventFacts {
  readonly webhook: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Other topics for some of the events; absent when all go to `topic`. */
  readonly topicRules?: TopicRules;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** W3C trace context of the request; absent when it had no valid one. */
  readonly traceparent?: string;
  /** Further headers of every record; absent when there are none. */
  readonly recordHeaders?: RecordHeaders;
}

/** What all dead letters of one delivery share. */
export interface DeliveryFacts extends EventFacts {
  readonly batchSize: number;
}

const revisionPath: PropertyPath = ['revision'];
const apiSpaceIdPath: PropertyPath = ['apiSpaceId'];

/**
 * Headers follow the CloudEvents Kafka protocol binding, binary content mode
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
 */
export function toEventRecord(slice: EventSlice, { key, kind }: EventKey, facts: EventFacts): SinkRecord {
  const { name, timestamp } = slice.event;
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: readEventId(slice) ?? createHash('sha256').update(slice.bytes).digest('hex'),
    ce_type: toName(name) ?? 'unknown',
    ce_source: toSource(slice),
    'content-type': 'application/json',
    'received-at': facts.receivedAt,
    webhook: facts.webhook,
  };
  if (typeof timestamp === 'string' && isTimestamp(timestamp)) {
    headers.ce_time = timestamp;
  }
  if (kind === 'entity') {
    headers.ce_subject = key;
  }
  const revision = readDigits(slice, revisionPath);
  if (revision !== undefined) {
    headers.revision = revision;
    // An extension attribute: CloudEvents SDKs pass on no other header.
    headers.ce_revision = revision;
  }
  if (facts.traceparent !== undefined) {
    headers.traceparent = facts.traceparent;
  }
  if (facts.recordHeaders !== undefined) {
    Object.assign(headers, facts.recordHeaders);
  }
  return { topic: toTopic(name, facts), key, value: slice.bytes, headers };
}

function toTopic(name: unknown, { topic, topicRules }: EventFacts): string {
  return topicRules === undefined ? topic : (findTopic(name, topicRules) ?? topic);
}

const unreserved = /^[\w.~-]{1,512}$/;

/** A URN (RFC 8141). Characters that a URI may not have are escaped (RFC 3986). */
function toSource(slice: EventSlice): string {
  const { apiSpaceId } = slice.event;
  const id =
    typeof apiSpaceId === 'string' && unreserved.test(apiSpaceId)
      ? apiSpaceId
      : encodeURIComponent(readIdentifier(slice, apiSpaceIdPath) ?? 'unknown');
  return `urn:comapi:api-space:${id}`;
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
  if (facts.recordHeaders !== undefined) {
    Object.assign(headers, facts.recordHeaders);
  }
  return { topic: facts.deadLetterTopic, key: null, value: bytes, headers };
}
