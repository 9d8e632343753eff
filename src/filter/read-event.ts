import { EventFields } from '../webhook/event-fields.ts';
import { readDigits, readIdentifier, readText } from '../webhook/event-key.ts';
import { type ElementReason, readElement } from '../webhook/read-element.ts';
import { isTestEvent } from '../webhook/test-events.ts';
import type { EventRecord } from './log-record.ts';

export type UnreadableReason =
  | ElementReason
  | 'no_key'
  | 'no_value'
  | 'revision_out_of_range'
  | 'unreadable_batch'
  | 'unexpected_error';

export type ReadableEvent =
  | { readonly kind: 'tracked'; readonly key: Buffer; readonly revision: bigint; readonly name: string }
  | {
      readonly kind: 'untracked';
      readonly name: string;
      /** The entity. Present only if the revision is all that is missing. */
      readonly key?: Buffer;
    };

/** The properties of an event that the filter needs. */
export type FilterEvent =
  | ReadableEvent
  /** A test event that this product sent. */
  | { readonly kind: 'own'; readonly name: string }
  | {
      readonly kind: 'unreadable';
      readonly reason: UnreadableReason;
      /** The error that occurred. If the reason is `unexpected_error`, the error is a defect of this program. */
      readonly error?: unknown;
    };

/** Key rules are not needed, because the records already have keys. */
const eventFields = new EventFields({ families: new Map(), otherwise: [] });

const maxRevision = 2n ** 64n - 1n;
const maxRevisionDigits = 20;

/**
 * Reads a record of the receiver from its headers. Other records are parsed, and the key identifies the entity unless
 * the key is the event's own id. Never throws, because a partition could never advance past a record that causes an
 * exception.
 */
export function readEvent(record: EventRecord): FilterEvent {
  try {
    return readRecord(record);
  } catch (error) {
    return { kind: 'unreadable', reason: 'unexpected_error', error };
  }
}

function readRecord(record: EventRecord): FilterEvent {
  const { key, unreadable } = record;
  if (unreadable !== undefined) {
    return { kind: 'unreadable', reason: 'unreadable_batch', error: unreadable };
  }
  if (key === null) {
    return { kind: 'unreadable', reason: 'no_key' };
  }
  if (record.header('ce_specversion') === undefined) {
    return parseEvent(record, key);
  }
  const revision = record.header('revision');
  const name = record.header('ce_type') ?? '';
  if (isTestEvent(name)) {
    return { kind: 'own', name };
  }
  // If the event has no subject, the key is the event's own unique id.
  return record.header('ce_subject') === undefined
    ? { kind: 'untracked', name }
    : toFilterEvent(key, revision, name);
}

function parseEvent({ value }: EventRecord, key: Buffer): FilterEvent {
  if (value === null) {
    return { kind: 'unreadable', reason: 'no_value' };
  }
  const element = readElement(value, eventFields);
  if (typeof element === 'string') {
    return { kind: 'unreadable', reason: element };
  }
  const name = readText(value, eventFields.name) ?? '';
  if (isTestEvent(name)) {
    return { kind: 'own', name };
  }
  const eventId = readIdentifier(value, eventFields.eventId);
  return eventId !== undefined && key.equals(Buffer.from(eventId))
    ? { kind: 'untracked', name }
    : toFilterEvent(key, readDigits(value, eventFields.revision), name);
}

function toFilterEvent(key: Buffer, text: string | undefined, name: string): FilterEvent {
  if (text === undefined || !/^\d+$/.test(text)) {
    return { kind: 'untracked', name, key };
  }
  const revision = text.length <= maxRevisionDigits ? BigInt(text) : maxRevision + 1n;
  return revision <= maxRevision
    ? { kind: 'tracked', key, revision, name }
    : { kind: 'unreadable', reason: 'revision_out_of_range' };
}
