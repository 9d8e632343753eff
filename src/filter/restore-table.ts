import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { EntityTable } from './entity-table.ts';
import type { PartitionLease } from './filter-store.ts';
import { type EventRecord, type LogRecord, toTimestamp } from './log-record.ts';
import { entityRevisionHeader } from './output-record.ts';
import { readEvent } from './read-event.ts';

export interface RestoreTableDeps {
  readonly hold: PartitionLease;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The level of the line that says that the partition is restored. */
  readonly logLevel: 'info' | 'debug';
  readonly signal: AbortSignal;
}

const progressIntervalMs = 2_000;

/**
 * Restores the table of the last committed transaction from the latest-state topic. The window ends at the time of the next
 * record, not at the time of now: after a long stop the records that wait are old, and so are the entities that they are
 * about.
 */
export async function restoreTable(deps: RestoreTableDeps): Promise<EntityTable> {
  const { hold, windowMs, clock, logger, logLevel, signal } = deps;
  const startedAt = clock.now();
  const nextMs = await hold.findNextTime();
  const nowMs = clock.epochMs();
  const newestMs = nextMs === undefined ? nowMs : toTimestamp({ timestampMs: nextMs }, nowMs);
  const table = new EntityTable();
  let loggedAt = startedAt;
  let count = 0;
  for await (const { records, nextOffset, endOffset } of hold.readLatest(Math.max(0, newestMs - windowMs))) {
    signal.throwIfAborted();
    for (const record of records) {
      checkReadable(record);
      noteState(record, table, nowMs);
    }
    count += records.length;
    if (clock.now() - loggedAt >= progressIntervalMs) {
      loggedAt = clock.now();
      logger.info({ records: count, entities: table.size, nextOffset, endOffset }, 'restoring');
    }
  }
  const seconds = Math.round(clock.now() - startedAt) / 1000;
  logger[logLevel]({ entities: table.size, seconds, startOffset: hold.startOffset }, 'restored');
  return table;
}

/** Without states that cannot be read obsolete events would be forwarded. */
function checkReadable({ offset, unreadable }: LogRecord): void {
  if (unreadable !== undefined) {
    const text = `The states at offset ${offset} cannot be read: ${unreadable.message}`;
    throw new Error(text, { cause: unreadable });
  }
}

/** Records the revision that a record of the latest states has or names. */
export function noteState(record: EventRecord, table: EntityTable, nowMs: number): void {
  const revision = findStateRevision(record);
  if (record.key !== null && revision !== undefined) {
    table.raise(record.key, revision, toTimestamp(record, nowMs));
  }
}

/** The revision that a record of the latest states has, or that an event without one and a tombstone name. */
export function findStateRevision(record: EventRecord): bigint | undefined {
  const event = readEvent(record);
  return event.kind === 'tracked' ? event.revision : readEntityRevision(record);
}

function readEntityRevision(record: EventRecord): bigint | undefined {
  const text = record.header(entityRevisionHeader);
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
