import {
  type HeaderRules,
  type RecordHeaders,
  readOrigin,
  toCommonHeaders,
} from '../webhook/record-headers.ts';
import type { FilterReason, ForwardedRecord } from './filter-records.ts';
import { type EventRecord, type LogRecord, toTimestamp } from './log-record.ts';

/** A record to write, which is either an unchanged input record or a new record. */
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

export type ExtraHeader = readonly [name: string, text: string];

/**
 * Header of an event without a revision, and of a tombstone: the highest forwarded revision of its entity. Compaction
 * keeps only the last state of an entity, so without this header, the entity's revision would be lost.
 */
export const entityRevisionHeader = 'entity-revision';

/**
 * Header of a dead letter that is too large for its topic and is stored without key and value: the size of the original value
 * in bytes.
 */
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
 * Creates the tombstone that erases the state of an entity. The tombstone keeps the revision for filters that restore
 * their table from the topic. Otherwise, an obsolete or repeated event would become a new state and restore the erased
 * data.
 */
export function toTombstone(key: Buffer, revision: bigint | undefined, timestampMs: number): OutputRecord {
  const headers = revision === undefined ? {} : { [entityRevisionHeader]: String(revision) };
  return { timestampMs, key, value: null, headers };
}

interface DeadLetterFacts {
  /** Position of the source record. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number };
  readonly headerRules: HeaderRules;
  readonly nowMs: number;
}

/** Builds the headers of a record's dead letter. The value stays unchanged. */
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

/**
 * Returns a header, or `undefined` if the headers are unreadable. Such a record becomes a dead letter too, so that it does
 * not block its partition.
 */
export function findHeader(record: EventRecord, name: string): string | undefined {
  try {
    return record.header(name);
  } catch {
    return undefined;
  }
}
