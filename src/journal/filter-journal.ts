import { join } from 'node:path';
import type { TopicNames } from '../config/topic-names.ts';
import { createEntityTable } from '../revisions/entity-table.ts';
import { type FilterOutcome, filterRecords } from '../revisions/filter-records.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { type JournalRecord, toJournalRecord } from './journal-record.ts';
import { type ForwardedState, isLineEnd, openLatestJournal } from './latest-journal.ts';
import { readJournal } from './read-journal.ts';

export interface FilterJournalDeps {
  /** Holds `journal`; gets `latest`. */
  readonly dataDir: string;
  readonly topics: TopicNames;
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type JournalCounts = Readonly<Partial<Record<FilterOutcome, number>>>;

const batchSize = 1_000;

/**
 * Filters what the journal has got since the last time, to its end. The states and the position are one file, so each
 * state is appended once, wherever an earlier run was ended.
 */
export async function filterJournal(deps: FilterJournalDeps): Promise<JournalCounts> {
  const { dataDir, topics, windowMs, clock, logger } = deps;
  const directory = join(dataDir, 'journal');
  const table = createEntityTable();
  const latest = await openLatestJournal(join(dataDir, 'latest'), table, clock.now());
  const counts: Partial<Record<FilterOutcome, number>> = {};

  async function process(records: readonly JournalRecord[]): Promise<void> {
    const context = {
      topic: topics.events,
      partition: 0,
      maxBodyBytes: Number.POSITIVE_INFINITY,
      nowMs: clock.now(),
    };
    const filtered = filterRecords(records, table, context);
    const { defects } = filtered;
    if (defects.length > 0) {
      logger.error({ err: defects[0], records: defects.length }, 'records could not be handled');
    }
    if (filtered.latest.length > 0) {
      await latest.append(
        filtered.latestSources.map((record, index): ForwardedState => {
          const output = filtered.latest[index];
          const [name, text] = (output && 'body' in output && output.extraHeader) || [];
          const headers = name === undefined ? {} : { [name]: text ?? '' };
          const { source, next } = record;
          return {
            record: { ...source, topic: topics.latest, headers: { ...source.headers, ...headers } },
            next,
          };
        }),
      );
    }
    for (const [outcome, byFamily] of filtered.counts) {
      const count = [...byFamily.values()].reduce((sum, each) => sum + each, 0);
      counts[outcome] = (counts[outcome] ?? 0) + count;
    }
    table.forget(filtered.timestampMs - windowMs);
  }

  try {
    let from = latest.position;
    if (from !== undefined && !(await isLineEnd(directory, from))) {
      logger.warn({ ...from }, 'the journal was cut back since: this segment is read again');
      from = { segment: from.segment, offset: 0 };
    }
    let records: JournalRecord[] = [];
    for await (const entry of readJournal(directory, { from })) {
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
