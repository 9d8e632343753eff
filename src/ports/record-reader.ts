import type { SinkRecord } from './sink.ts';
import type { topicRoles } from './topics.ts';

export type RecordRole = (typeof topicRoles)[number];

/** A record that was read from a store, with its position. */
export interface StoredRecord extends SinkRecord {
  /** Position of the record: `topic/partition/offset`, `stream/entry`, `segment/byte`, or the name of the queue. */
  readonly place: string;
  /**
   * Epoch milliseconds at which the store stored the record. For a journal or a queue, the time at which the receiver
   * received it.
   */
  readonly storedAtMs: number;
}

/** An events topic, with its dead-letter topic and its latest-state topic. */
interface TopicGroup {
  readonly events: string;
  readonly deadLetter: string;
  readonly latest: string;
}

/**
 * Selects the records to read from a store. Records are returned in batches, in order within a partition, a stream, a
 * queue or a journal. Reading does not change the store, so it neither creates a consumer group nor commits an offset.
 */
export interface RecordSelection {
  readonly role: RecordRole;
  readonly topics: readonly TopicGroup[];
  /** Directory in which a command stores records separately from the receiver's records. Used only by the journal. */
  readonly extraDirectory?: string | undefined;
  /** Reads only records with these keys, and only the partitions that can contain them. Dead letters have no keys. */
  readonly keys?: ReadonlySet<string> | undefined;
  /** Whether a missing topic is skipped instead of causing an error. */
  readonly mayBeMissing?: boolean;
  /**
   * Whether to also read records that were stored before the number of partitions changed, if the store knows about
   * this change. If `keys` is set, all partitions are then read.
   */
  readonly formerParts?: boolean;
  /** Reads records stored at or after this time, in epoch milliseconds. Defaults to now. */
  readonly sinceMs?: number | undefined;
  /** Reads records stored before this time, in epoch milliseconds. */
  readonly untilMs?: number | undefined;
}

export interface ReadOptions {
  /** Whether reading continues with records that are stored later, until the signal aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly observer: ReadObserver;
}

/** Receives the progress of reading. Amounts count all records, or all bytes in a journal, whether selected or not. */
export interface ReadObserver {
  /**
   * Called when reading of a partition, a stream, a queue or a journal begins.
   *
   * @param amount upper limit of the part's size, or `undefined` if unknown
   */
  onStart(part: string, amount: number | undefined, unit?: 'bytes'): void;
  /** Called with the amount that was read since the last call. */
  onProgress(amount: number): void;
  /**
   * Receives a sentence for the operator about missing records.
   *
   * @param isSkipped whether records that were stored when reading began are skipped
   */
  onWarning(text: string, isSkipped?: boolean): void;
}

export interface SkippedRecords {
  readonly observer: ReadObserver;
  /** Warnings about skipped records that were stored when reading began, with one sentence for each group. */
  readonly skipped: readonly string[];
}

/** Wraps an observer and collects its warnings about skipped records. */
export function collectSkipped(observer: ReadObserver): SkippedRecords {
  const skippedReasons: string[] = [];
  return {
    skipped: skippedReasons,
    observer: {
      ...observer,
      onWarning(text, isSkipped) {
        // A warning is kept only once, because a store repeats its warnings with each read.
        if (isSkipped === true && !skippedReasons.includes(text)) {
          skippedReasons.push(text);
        }
        observer.onWarning(text, isSkipped);
      },
    },
  };
}

/** Splits a position at its last slash, into the part of the store and the rest. */
export function splitPosition(place: string): readonly [part: string, rest: string] {
  const at = place.lastIndexOf('/');
  return at < 0 ? [place, ''] : [place.slice(0, at), place.slice(at + 1)];
}

/** Lists the distinct topics of a selection. */
export function listTopicNames({ role, topics }: RecordSelection): readonly string[] {
  const names = { events: 'events', 'dead-letter': 'deadLetter', latest: 'latest' } as const;
  return [...new Set(topics.map((topic) => topic[names[role]]))];
}

export function isInTime(
  storedAtMs: number,
  { sinceMs, untilMs }: Pick<RecordSelection, 'sinceMs' | 'untilMs'>,
): boolean {
  return storedAtMs >= (sinceMs ?? -Infinity) && storedAtMs < (untilMs ?? Infinity);
}
