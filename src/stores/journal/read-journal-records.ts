import { setTimeout as delay } from 'node:timers/promises';
import {
  isInTime,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../../ports/record-reader.ts';
import { type JournalBounds, JournalReading } from './journal-reading.ts';
import { listSegmentsIfAny } from './read-journal.ts';
import type { JournalEntry } from './read-segment.ts';

/** A journal, and the topics whose records are read from it. */
export interface JournalTopics {
  readonly directory: string;
  readonly topics: readonly string[];
}

const pollMs = 200;

/** The records of journals, without a lock: a receiver may be writing them, and somebody may remove segments. */
export async function* readJournalRecords(
  journals: readonly JournalTopics[],
  selection: RecordSelection,
  { follow, signal, observer, bounds }: ReadOptions & { readonly bounds?: JournalBounds },
): AsyncGenerator<readonly PlacedRecord[]> {
  const { sinceMs, role, keys, mayBeMissing = false } = selection;
  const wantedKeys = role === 'dead-letter' ? undefined : keys;
  const readings: { readonly topics: readonly string[]; readonly reading: JournalReading }[] = [];
  for (const { directory, topics } of journals) {
    if (mayBeMissing && (await listSegmentsIfAny(directory)).length === 0) {
      continue;
    }
    const isWanted = createLineFilter(topics, wantedKeys);
    const reading = await JournalReading.open(directory, { sinceMs, isWanted, observer, ...bounds });
    readings.push({ topics, reading });
  }
  for (;;) {
    for (const { topics, reading } of readings) {
      for await (const entries of reading.readToEnd()) {
        yield entries
          .map(toPlacedRecord)
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
    await delay(pollMs, undefined, { signal }).catch(() => {});
  }
}

const anyBeginning = Buffer.from('{"topic":"');
/** To look for more than these takes longer than to read the line. */
const mostSought = 8;

/** Tells by its bytes that a line need not be read: a line begins with its topic. One that begins otherwise is damaged: it is read, so that somebody hears of it. */
function createLineFilter(
  topics: readonly string[],
  keys: ReadonlySet<string> | undefined,
): (line: Buffer) => boolean {
  const beginnings = topics.map((topic) => Buffer.from(`{"topic":${JSON.stringify(topic)},`));
  const parts =
    keys === undefined || keys.size > mostSought
      ? undefined
      : [...keys].map((key) => Buffer.from(`"key":${JSON.stringify(key)}`));
  return (line) =>
    !line.subarray(0, anyBeginning.length).equals(anyBeginning) ||
    (beginnings.some((beginning) => line.subarray(0, beginning.length).equals(beginning)) &&
      (parts === undefined || parts.some((part) => line.includes(part))));
}

function toPlacedRecord({ record, position }: JournalEntry): PlacedRecord {
  const receivedAtMs = Date.parse(record.headers['received-at'] ?? '');
  return {
    ...record,
    place: `${position.segment}/${position.offset}`,
    storedAtMs: Number.isNaN(receivedAtMs) ? 0 : receivedAtMs,
  };
}
