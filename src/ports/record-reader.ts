import type { SinkRecord } from './sink.ts';
import type { topicRoles } from './topics.ts';

/** The role of a topic. */
export type RecordRole = (typeof topicRoles)[number];

/** A record that was read from a store, with its position. */
export interface StoredRecord extends SinkRecord {
  /** Position: `topic/partition/offset`, `stream/entry`, `segment/byte`, or the name of the queue. */
  readonly place: string;
  /**
   * Epoch milliseconds at which the store stored the record. For a journal or a queue, the time at which the receiver
   * received it.
   */
  readonly storedAtMs: number;
}

/** A topic of events, with its dead-letter topic and its topic of latest states. */
interface TopicGroup {
  readonly events: string;
  readonly deadLetter: string;
  readonly latest: string;
}

/**
 * Selects the records that are read from a store. They are returned in batches, in order within a partition, a stream, a
 * queue or a journal. Reading does not change the store: it creates no consumer group and commits no offset.
 */
export interface RecordSelection {
  readonly role: RecordRole;
  readonly topics: readonly TopicGroup[];
  /** Directory of records that a command stores separately from those of the receiver. Only used by the journal. */
  readonly extraDirectory?: string | undefined;
  /** Reads only records with these keys, and only the partitions that can contain them. Dead letters have no keys. */
  readonly keys?: ReadonlySet<string> | undefined;
  /** Whether a missing topic is skipped instead of being an error. */
  readonly mayBeMissing?: boolean;
  /**
   * Also reads records from before the number of partitions changed, if the store knows of the change. With `keys`, this
   * reads all partitions.
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

/** Receives the progress of reading. Amounts count records, or bytes in a journal, whether they are selected or not. */
export interface ReadObserver {
  /**
   * Called when reading of a part of the store begins.
   *
   * @param amount upper limit of its size; `undefined` if not known
   */
  onStart(part: string, amount: number | undefined, unit?: 'bytes'): void;
  /** Called when this additional amount was read. */
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
  /** One sentence about each group of skipped records that were stored when reading began. */
  readonly skipped: readonly string[];
}

/** Wraps an observer and collects its warnings about skipped records. */
export function collectSkipped(observer: ReadObserver): SkippedRecords {
  const skipped: string[] = [];
  return {
    skipped,
    observer: {
      ...observer,
      onWarning(text, isSkipped) {
        // A warning is kept only once, because a store repeats its warnings with each read.
        if (isSkipped === true && !skipped.includes(text)) {
          skipped.push(text);
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
