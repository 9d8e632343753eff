import { join } from 'node:path';
import type { TopicNames } from '../../config/topic-names.ts';
import { EntityTable } from '../../filter/entity-table.ts';
import { type FilterOutcome, type ForwardedRecord, filterRecords } from '../../filter/filter-records.ts';
import type { EventRecord } from '../../filter/log-record.ts';
import { toExtraHeader } from '../../filter/output-record.ts';
import { storeStateRevision } from '../../filter/restore-table.ts';
import type { SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { makeDirectory } from '../../runtime/make-directory.ts';
import { encodeLines, toJournalLine } from './journal-line.ts';
import { isSegmentName } from './journal-segment.ts';
import { isJournalRecreated, isPositionAtLineEnd, readJournal } from './read-journal.ts';
import type { JournalEntry, JournalPosition } from './read-segment.ts';
import { openSegmentWriter } from './segment-writer.ts';

interface FilterJournalDeps {
  /** Parent directory of `journal`. */
  readonly dataDir: string;
  /** Directory of the latest states. */
  readonly directory: string;
  readonly topics: TopicNames;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

type JournalCounts = Readonly<Partial<Record<FilterOutcome, number>>>;

const batchSize = 1_000;

/**
 * Filters the records that were appended to the journal since the last run. Each state is stored together with its
 * position in the journal, so every state is appended exactly once, even after an interrupted run.
 */
export async function filterJournal(deps: FilterJournalDeps): Promise<JournalCounts> {
  const { dataDir, topics, windowMs, clock, logger } = deps;
  const journal = join(dataDir, 'journal');
  const table = new EntityTable();
  const latestJournal = await openLatestJournal(deps.directory, table, clock.epochMs());
  const counts: Partial<Record<FilterOutcome, number>> = {};

  async function filterBatch(records: readonly JournalRecord[]): Promise<void> {
    const { passed, failures, ...filtered } = filterRecords(records, table, { nowMs: clock.epochMs() });
    if (failures.length > 0) {
      logger.error({ err: failures[0], records: failures.length }, 'records could not be processed');
    }
    if (passed.length > 0) {
      await latestJournal.append(passed.map((each) => identifyFileVersion(each, topics.latest)));
    }
    for (const outcome of filtered.outcomes) {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    table.forget(filtered.timestampMs - windowMs);
  }

  try {
    let startPosition = latestJournal.position;
    if (startPosition !== undefined && (await isJournalRecreated(journal, startPosition))) {
      logger.warn(
        { ...startPosition },
        'the journal was recreated since the last run: reading it from the start',
      );
      startPosition = undefined;
    }
    if (startPosition !== undefined && !(await isPositionAtLineEnd(journal, startPosition))) {
      logger.warn(
        { ...startPosition },
        'the journal was truncated since the last run: reading the segment again from its start',
      );
      startPosition = { segment: startPosition.segment, offset: 0 };
    }
    let records: JournalRecord[] = [];
    for await (const entry of readJournal(journal, { from: startPosition })) {
      if (entry.record.topic === topics.events) {
        records.push(toJournalRecord(entry));
      }
      if (records.length === batchSize) {
        await filterBatch(records);
        records = [];
      }
    }
    await filterBatch(records);
  } finally {
    await latestJournal.close();
  }
  return counts;
}

function identifyFileVersion(passed: ForwardedRecord<JournalRecord>, topic: string): ForwardedState {
  const { source, next } = passed.record;
  const extraHeader = toExtraHeader(passed);
  const headers = { ...source.headers, ...(extraHeader && Object.fromEntries([extraHeader])) };
  return { record: { ...source, topic, headers }, next };
}

interface ForwardedState {
  readonly record: SinkRecord;
  /** Start of the line that follows the event. */
  readonly next: JournalPosition;
}

const positionHeader = 'journal-position';

/**
 * Opens the journal of latest states for exclusive use, and loads its states into the table. Each state includes the
 * position up to which the events journal has been read.
 */
export async function openLatestJournal(directory: string, table: EntityTable, nowMs: number) {
  await makeDirectory(directory, 'DATA_DIR');
  const writer = await openSegmentWriter({ directory });
  let position: JournalPosition | undefined;
  try {
    for await (const entry of readJournal(directory)) {
      storeStateRevision(toJournalRecord(entry), table, nowMs);
      position = parsePosition(entry.record.headers[positionHeader]);
    }
  } catch (error) {
    await writer.close();
    throw error;
  }
  return {
    /** Position in the events journal from which to continue, or `undefined` before the first run. */
    position,
    /** Appends states. Resolves when the states are durable. */
    append(states: readonly ForwardedState[]): Promise<void> {
      const lines = states.map(({ record, next }) => {
        const headers = { ...record.headers, [positionHeader]: `${next.segment}:${next.offset}` };
        return toJournalLine({ ...record, headers });
      });
      return writer.append(encodeLines(lines));
    },
    close: () => writer.close(),
  };
}

function parsePosition(text: string | undefined): JournalPosition | undefined {
  const [, segment = '', offset] = /^([^:]+):(\d+)$/.exec(text ?? '') ?? [];
  return isSegmentName(segment) ? { segment, offset: Number(offset) } : undefined;
}

/** A journal line in the form of a record for the filter. */
interface JournalRecord extends EventRecord {
  readonly source: SinkRecord;
  readonly next: JournalPosition;
}

export function toJournalRecord({ record, next }: JournalEntry): JournalRecord {
  const { key, value, headers } = record;
  const receivedAt = Date.parse(headers['received-at'] ?? '');
  return {
    source: record,
    next,
    timestampMs: Number.isNaN(receivedAt) ? -1 : receivedAt,
    key: key === null ? null : Buffer.from(key),
    value,
    header: (name) => headers[name],
  };
}
