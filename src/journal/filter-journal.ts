import { join } from 'node:path';
import type { TopicNames } from '../config/topic-names.ts';
import { createEntityTable } from '../revisions/entity-table.ts';
import { type FilteredRecords, type FilterOutcome, filterRecords } from '../revisions/filter-records.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type JournalRecord, toJournalRecord } from './journal-record.ts';
import { type ForwardedState, openLatestJournal } from './latest-journal.ts';
import { isLineEnd, readJournal } from './read-journal.ts';

export interface FilterJournalDeps {
  /** Holds `journal`. */
  readonly dataDir: string;
  /** Gets the states. */
  readonly directory: string;
  readonly topics: TopicNames;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type JournalCounts = Readonly<Partial<Record<FilterOutcome, number>>>;

const batchSize = 1_000;

/**
 * Filters what was appended to the journal since the last run. States and position are in one file, so each state is
 * appended once, wherever an earlier run was ended.
 */
export async function filterJournal(deps: FilterJournalDeps): Promise<JournalCounts> {
  const { dataDir, topics, windowMs, clock, logger } = deps;
  const journal = join(dataDir, 'journal');
  const table = createEntityTable();
  const latest = await openLatestJournal(deps.directory, table, clock.epochMs());
  const counts: Partial<Record<FilterOutcome, number>> = {};

  async function process(records: readonly JournalRecord[]): Promise<void> {
    const context = {
      topic: topics.events,
      partition: 0,
      maxBodyBytes: Number.POSITIVE_INFINITY,
      nowMs: clock.epochMs(),
    };
    const filtered = filterRecords(records, table, context);
    const { defects } = filtered;
    if (defects.length > 0) {
      logger.error({ err: defects[0], records: defects.length }, 'records could not be handled');
    }
    if (filtered.latest.length > 0) {
      await latest.append(toStates(filtered, topics.latest));
    }
    for (const [outcome, byFamily] of filtered.counts) {
      const count = [...byFamily.values()].reduce((sum, each) => sum + each, 0);
      counts[outcome] = (counts[outcome] ?? 0) + count;
    }
    table.forget(filtered.timestampMs - windowMs);
  }

  try {
    let from = latest.position;
    if (from !== undefined && !(await isLineEnd(journal, from))) {
      logger.warn({ ...from }, 'the journal was cut back since the last run: this segment is read again');
      from = { segment: from.segment, offset: 0 };
    }
    let records: JournalRecord[] = [];
    for await (const entry of readJournal(journal, { from })) {
      if (entry.record.topic === topics.events) {
        records.push(toJournalRecord(entry));
      }
      if (records.length === batchSize) {
        await process(records);
        records = [];
      }
    }
    await process(records);
  } finally {
    await latest.close();
  }
  return counts;
}

function toStates(
  { latest, latestSources }: FilteredRecords<JournalRecord>,
  topic: string,
): ForwardedState[] {
  return latestSources.map(({ source, next }, index) => {
    const output = latest[index];
    const extraHeader = output !== undefined && 'body' in output ? output.extraHeader : undefined;
    const headers = { ...source.headers, ...(extraHeader && Object.fromEntries([extraHeader])) };
    return { record: { ...source, topic, headers }, next };
  });
}
