import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { EntityTable } from './entity-table.ts';
import type { PartitionLease } from './filter-store.ts';
import { type EventRecord, type LogRecord, toTimestamp } from './log-record.ts';
import { entityRevisionHeader } from './output-record.ts';
import { readEvent } from './read-event.ts';

export interface RestoreTableDeps {
  readonly lease: PartitionLease;
  /** Time for which the filter remembers an entity. */
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Log level of the message that says that the table was restored. */
  readonly logLevel: 'info' | 'debug';
  readonly signal: AbortSignal;
}

const progressIntervalMs = 2_000;

/**
 * Restores the table from the latest-state topic, as of the last committed transaction. The window ends at the
 * timestamp of the next record instead of the current time, because after a long stop, the waiting records and their
 * entities are old.
 */
export async function restoreTable(deps: RestoreTableDeps): Promise<EntityTable> {
  const { lease, windowMs, clock, logger, logLevel, signal } = deps;
  const startedAt = clock.now();
  const nextMs = await lease.findNextTime();
  const nowMs = clock.epochMs();
  const newestTimestampMs = nextMs === undefined ? nowMs : toTimestamp({ timestampMs: nextMs }, nowMs);
  const table = new EntityTable();
  let lastLoggedAt = startedAt;
  let count = 0;
  for await (const { records, nextOffset, endOffset } of lease.readLatest(
    Math.max(0, newestTimestampMs - windowMs),
  )) {
    signal.throwIfAborted();
    for (const record of records) {
      checkReadable(record);
      storeStateRevision(record, table, nowMs);
    }
    count += records.length;
    if (clock.now() - lastLoggedAt >= progressIntervalMs) {
      lastLoggedAt = clock.now();
      logger.info({ records: count, entities: table.size, nextOffset, endOffset }, 'restoring');
    }
  }
  const seconds = Math.round(clock.now() - startedAt) / 1000;
  logger[logLevel]({ entities: table.size, seconds, startOffset: lease.startOffset }, 'restored');
  return table;
}

/** Rejects unreadable states, because obsolete events would be forwarded if a state were ignored. */
function checkReadable({ offset, unreadable }: LogRecord): void {
  if (unreadable !== undefined) {
    const text = `The states at offset ${offset} cannot be read: ${unreadable.message}`;
    throw new Error(text, { cause: unreadable });
  }
}

/** Stores the revision of a record of the latest-state topic in the table. */
export function storeStateRevision(record: EventRecord, table: EntityTable, nowMs: number): void {
  const revision = findStateRevision(record);
  if (record.key !== null && revision !== undefined) {
    table.raise(record.key, revision, toTimestamp(record, nowMs));
  }
}

/**
 * Returns the revision of a record of the latest-state topic. For a tombstone or an event without a revision, returns the
 * revision in the record's header.
 */
export function findStateRevision(record: EventRecord): bigint | undefined {
  const event = readEvent(record);
  return event.kind === 'tracked' ? event.revision : readEntityRevision(record);
}

function readEntityRevision(record: EventRecord): bigint | undefined {
  const text = record.header(entityRevisionHeader);
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
