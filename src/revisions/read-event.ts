import { isUtf8 } from 'node:buffer';
import { readNumberText } from '../webhook/event-key.ts';
import type { LogRecord } from './log-record.ts';

/** Why a record is not an event that could be filtered. The closed set of the dead letters' `reason`. */
export type UnreadableReason =
  | 'no_key'
  | 'no_value'
  | 'not_utf8'
  | 'not_json'
  | 'not_object'
  | 'revision_out_of_range';

/** What the filter needs to know of a record. */
export type FilterEvent =
  | { readonly kind: 'tracked'; readonly key: Buffer; readonly revision: bigint; readonly name: string }
  | {
      readonly kind: 'untracked';
      readonly name: string;
      /** The entity, when it is only the revision that is missing. */
      readonly key?: Buffer;
    }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason };

const maxRevision = 2n ** 64n - 1n;
const maxRevisionDigits = 20;

/**
 * From the headers when the receiver wrote the record. Somebody else's record is parsed: its key is taken for the
 * entity, unless it is the event's own id.
 */
export function readEvent(record: LogRecord): FilterEvent {
  if (record.key === null) {
    return { kind: 'unreadable', reason: 'no_key' };
  }
  if (record.header('ce_specversion') === undefined) {
    return parseEvent(record, record.key);
  }
  const revision = record.header('revision');
  const name = record.header('ce_type') ?? '';
  // Without a subject the key is the id of the event: nothing else shares it.
  return record.header('ce_subject') === undefined
    ? { kind: 'untracked', name }
    : toFilterEvent(record.key, revision, name);
}

function parseEvent({ value }: LogRecord, key: Buffer): FilterEvent {
  if (value === null) {
    return { kind: 'unreadable', reason: 'no_value' };
  }
  if (!isUtf8(value)) {
    return { kind: 'unreadable', reason: 'not_utf8' };
  }
  let event: unknown;
  try {
    event = JSON.parse(value.toString('utf8'));
  } catch {
    return { kind: 'unreadable', reason: 'not_json' };
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return { kind: 'unreadable', reason: 'not_object' };
  }
  const { name, eventId } = event as Record<string, unknown>;
  const nameText = typeof name === 'string' ? name : '';
  if (typeof eventId === 'string' && key.equals(Buffer.from(eventId))) {
    return { kind: 'untracked', name: nameText };
  }
  const slice = { bytes: value, event: event as Record<string, unknown>, batchIndex: 0 };
  return toFilterEvent(key, readNumberText(slice, ['revision']), nameText);
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
