import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isInTime,
  type ReadObserver,
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
} from '../../ports/record-reader.ts';
import { hasCode, undefinedIfMissing } from '../../runtime/errors.ts';
import { findJournalEnd, formatPosition, listSegmentsIfAny } from './read-journal.ts';
import { type JournalEntry, type JournalPosition, readSegment } from './read-segment.ts';

export interface JournalTopics {
  readonly directory: string;
  readonly topics: readonly string[];
}

const journalPollIntervalMs = 200;

/**
 * Reads the records of journals without a lock. A receiver may write to the journals, and segments may be removed
 * during the read.
 *
 * @param options if `to` is set, only the records before this position are read
 */
export async function* readJournalRecords(
  journals: readonly JournalTopics[],
  selection: RecordSelection,
  { follow, signal, observer, to }: ReadOptions & { readonly to?: JournalPosition | undefined },
): AsyncGenerator<readonly StoredRecord[]> {
  const { sinceMs, role, keys, mayBeMissing = false } = selection;
  const wantedKeys = role === 'dead-letter' ? undefined : keys;
  const journalReaders: { readonly topics: readonly string[]; readonly reading: JournalReader }[] = [];
  for (const { directory, topics } of journals) {
    if (mayBeMissing && (await listSegmentsIfAny(directory)).length === 0) {
      continue;
    }
    const journalReader = await JournalReader.open(directory, { sinceMs, to, observer });
    journalReaders.push({ topics, reading: journalReader });
  }
  for (;;) {
    for (const { topics, reading } of journalReaders) {
      for await (const entries of reading.readToEnd()) {
        yield entries
          .map(toStoredRecord)
          .filter(
            (record) =>
              topics.includes(record.topic) &&
              (wantedKeys === undefined || wantedKeys.has(record.key ?? '')) &&
              isInTime(record.storedAtMs, selection),
          );
      }
    }
    if (!follow || signal.aborted) {
      return;
    }
    await delay(journalPollIntervalMs, undefined, { signal }).catch(() => {});
  }
}

function toStoredRecord({ record, position }: JournalEntry): StoredRecord {
  const receivedAtMs = Date.parse(record.headers['received-at'] ?? '');
  return {
    ...record,
    place: formatPosition(position),
    storedAtMs: Number.isNaN(receivedAtMs) ? 0 : receivedAtMs,
  };
}

interface JournalReaderOptions {
  /** Segments that were last written before this time are skipped. If `undefined`, reading starts at the current end. */
  readonly sinceMs: number | undefined;
  /** End position, exclusive. If `undefined`, everything up to the current end is read. */
  readonly to: JournalPosition | undefined;
  readonly observer: ReadObserver;
}

/**
 * Follows a journal that another process writes. Each line is read once. An incomplete last line is read after it has
 * been completed.
 */
class JournalReader {
  readonly #directory: string;
  readonly #options: JournalReaderOptions;
  /** Position to continue from, or `undefined` to read from the start. */
  #position: JournalPosition | undefined;

  private constructor(directory: string, options: JournalReaderOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  static async open(directory: string, options: JournalReaderOptions): Promise<JournalReader> {
    const journalReader = new JournalReader(directory, options);
    journalReader.#position = options.sinceMs === undefined ? await findJournalEnd(directory) : undefined;
    const parts = await journalReader.#listUnread();
    const bytes = parts.reduce((sum, { start, size }) => sum + size - start, 0);
    options.observer.onStart(`the journal ${directory}`, bytes, 'bytes');
    return journalReader;
  }

  /** Reads the records that were written since the last call. */
  async *readToEnd(): AsyncGenerator<readonly JournalEntry[]> {
    const { observer } = this.#options;
    for (const { segment, start } of await this.#listUnread()) {
      const range = { start, end: this.#endOf(segment) };
      try {
        let readEndPosition = start;
        for await (const segmentLines of readSegment(this.#directory, segment, range)) {
          this.#position = segmentLines.next;
          observer.onProgress(segmentLines.next.offset - readEndPosition);
          readEndPosition = segmentLines.next.offset;
          if (segmentLines.badLine !== undefined) {
            const text = `Skipped the line at byte ${segmentLines.badLine.offset} of ${segment}: it is not a record.`;
            observer.onWarning(text, true);
          }
          yield segmentLines.entries;
        }
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) {
          throw error;
        }
        observer.onWarning(`The segment ${segment} was removed before all of its records were read.`, true);
      }
    }
  }

  /**
   * Lists the segments with unread bytes. The list is created before any segment is read. Once a newer segment
   * exists, an older segment is no longer written and can be read completely.
   */
  async #listUnread(): Promise<{ segment: string; start: number; size: number }[]> {
    const names = await listSegmentsIfAny(this.#directory);
    const { observer, sinceMs = Number.NEGATIVE_INFINITY } = this.#options;
    const { segment: current = '' } = this.#position ?? {};
    if (names.length > 0 && names.every((name) => name < current)) {
      observer.onWarning(`The journal ${this.#directory} was recreated. Reading from the start.`);
      this.#position = undefined;
      return this.#listUnread();
    }
    const unreadTopics = [];
    for (const segment of names.filter((name) => name >= current && this.#endOf(name) > 0)) {
      const { size, mtimeMs } = await this.#stat(segment);
      const start = segment === current ? (this.#position?.offset ?? 0) : 0;
      if (size < start) {
        observer.onWarning(
          `${segment} was truncated to ${size} bytes: its writer removed lines that it could not sync.`,
        );
        this.#position = { segment, offset: size };
      }
      if (size > start && mtimeMs >= sinceMs) {
        unreadTopics.push({ segment, start, size: Math.min(size, this.#endOf(segment)) });
      }
    }
    return unreadTopics;
  }

  /** Offset at which reading of a segment stops. */
  #endOf(segment: string): number {
    const { to } = this.#options;
    if (to === undefined || segment < to.segment) {
      return Number.POSITIVE_INFINITY;
    }
    return segment === to.segment ? to.offset : 0;
  }

  /**
   * Returns the size and modification time of a segment. For a removed segment, returns values that prevent it from
   * being read.
   */
  async #stat(segment: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
    const segmentStats = await undefinedIfMissing(stat(join(this.#directory, segment)));
    return segmentStats ?? { size: Number.POSITIVE_INFINITY, mtimeMs: Number.NEGATIVE_INFINITY };
  }
}
