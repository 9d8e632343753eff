import {
  type HeaderRules,
  type RecordHeaders,
  readOrigin,
  toCommonHeaders,
} from '../webhook/record-headers.ts';
import type { FilterReason, ForwardedRecord } from './filter-records.ts';
import { type EventRecord, type LogRecord, toTimestamp } from './log-record.ts';

/** A record that is written as it was read, or a new one. */
export type OutputRecord =
  | {
      readonly timestampMs: number;
      readonly body: Buffer;
      readonly extraHeader?: ExtraHeader;
    }
  | {
      readonly timestampMs: number;
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly headers: Readonly<Record<string, string>>;
    };

/** A header that is added to what was read. */
export type ExtraHeader = readonly [name: string, text: string];

/**
 * Header of an event without a revision, and of a tombstone: the highest revision of its entity that was forwarded. Only the
 * last state of an entity is kept, so without this header the revision would be lost with the state before.
 */
export const entityRevisionHeader = 'entity-revision';

/** Header of a dead letter that its topic takes without key and value only: how many bytes the value has at its source. */
export const omittedBytesHeader = 'left-out-bytes';

export function toExtraHeader({ event, known }: ForwardedRecord): ExtraHeader | undefined {
  return event.kind === 'untracked' && known !== undefined
    ? [entityRevisionHeader, String(known)]
    : undefined;
}

export function toLatestState(passed: ForwardedRecord<LogRecord>): OutputRecord {
  const { record, timestampMs } = passed;
  const extraHeader = toExtraHeader(passed);
  return { timestampMs, body: record.body, ...(extraHeader && { extraHeader }) };
}

/**
 * What erases the state of an entity. With its revision, so that a filter that restores its table from here knows it still:
 * an obsolete or repeated event would be a new state otherwise, with all that was erased.
 */
export function toTombstone(key: Buffer, revision: bigint | undefined, timestampMs: number): OutputRecord {
  const headers = revision === undefined ? {} : { [entityRevisionHeader]: String(revision) };
  return { timestampMs, key, value: null, headers };
}

interface DeadLetterFacts {
  /** Where the record was read. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly headerRules: HeaderRules;
  readonly nowMs: number;
}

/** The headers of the dead letter of a record. Its bytes stay as they were read. */
export function toDeadLetterHeaders(
  record: EventRecord,
  reason: FilterReason,
  { source, headerRules, nowMs }: DeadLetterFacts,
): RecordHeaders {
  const header = (name: string) => findHeader(record, name);
  const receivedAt = header('received-at') ?? new Date(toTimestamp(record, nowMs)).toISOString();
  return {
    reason,
    ...toCommonHeaders(readOrigin(header, receivedAt), headerRules),
    'source-topic': source.topic,
    'source-partition': String(source.partition),
    'source-offset': String(source.offset),
  };
}

/** A record whose headers cannot be read is put aside as well: it must not hold up its partition. */
export function findHeader(record: EventRecord, name: string): string | undefined {
  try {
    return record.header(name);
  } catch {
    return undefined;
  }
}
