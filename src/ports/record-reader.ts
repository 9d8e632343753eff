import type { SinkRecord } from './sink.ts';
import type { topicRoles } from './topics.ts';

/** What a topic is for. */
export type RecordRole = (typeof topicRoles)[number];

/** A record as it was read, and where. */
export interface StoredRecord extends SinkRecord {
  /** `topic/partition/offset`, `stream/entry`, `segment/byte`, or the name of what holds it. */
  readonly place: string;
  /** When the store got it, epoch milliseconds. A journal and a queue keep only when it was received. */
  readonly storedAtMs: number;
}

/** A topic of events, and those that belong to it. */
interface TopicGroup {
  readonly events: string;
  readonly deadLetter: string;
  readonly latest: string;
}

/**
 * Which records of a store are read. They come in batches, in order within a partition, a stream, a queue or a journal. Reading
 * leaves nothing behind in the store: no group, no offset.
 */
export interface RecordSelection {
  readonly role: RecordRole;
  readonly topics: readonly TopicGroup[];
  /** What a command keeps beside the records of the receiver; only a journal has another place for it. */
  readonly extraDirectory?: string | undefined;
  /** Only records of these keys: only those parts of the store are read where they can be. Dead letters have no keys. */
  readonly keys?: ReadonlySet<string> | undefined;
  /** A topic that is not there is no error: it has no part that begins. */
  readonly mayBeMissing?: boolean;
  /** Also what a topic has left from when it had another number of parts, where a store can tell: with `keys` all parts then. */
  readonly formerParts?: boolean;
  /** Stored at or after this time, epoch milliseconds. Without it: from now on. */
  readonly sinceMs?: number | undefined;
  /** Stored before this time. */
  readonly untilMs?: number | undefined;
}

export interface ReadOptions {
  /** Goes on with what is stored later, until the signal. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  readonly observer: ReadObserver;
}

/** Hears how a reading goes on. Amounts are of records, or of bytes in a journal, selected or not. */
export interface ReadObserver {
  /** A part of the store is read. @param amount how much it has at most; `undefined`: not known */
  onStart(part: string, amount: number | undefined, unit?: 'bytes'): void;
  /** So much more was looked at. */
  onProgress(amount: number): void;
  /** For a person: what is missing, and why. @param isSkipped something that was stored when the reading began is not given */
  onWarning(text: string, isSkipped?: boolean): void;
}

export interface SkippedRecords {
  readonly observer: ReadObserver;
  /** What was stored when it began, and was not given, a sentence each. */
  readonly skipped: readonly string[];
}

/** Hears of a reading for another observer, and keeps what the reading could not give. */
export function collectSkipped(observer: ReadObserver): SkippedRecords {
  const skipped: string[] = [];
  return {
    skipped,
    observer: {
      ...observer,
      onWarning(text, isSkipped) {
        // A store that is read several times says it each time.
        if (isSkipped === true && !skipped.includes(text)) {
          skipped.push(text);
        }
        observer.onWarning(text, isSkipped);
      },
    },
  };
}

/** The part of the store that a place names, which stands before its last slash, and what stands behind that. */
export function splitPosition(place: string): readonly [part: string, rest: string] {
  const at = place.lastIndexOf('/');
  return at < 0 ? [place, ''] : [place.slice(0, at), place.slice(at + 1)];
}

/** The topics of a selection, each once. */
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
