import { createEntityTable, type EntityTable } from './entity-table.ts';
import { entityRevisionHeader, toTimestamp } from './filter-records.ts';
import type { LogRecord } from './log-record.ts';
import type { PartitionHold } from './partition-hold.ts';
import { readEvent } from './read-event.ts';

export interface RestoreProgress {
  readonly records: number;
  readonly entities: number;
  readonly nextOffset: number;
  readonly endOffset: number;
}

export interface RestoreOptions {
  readonly fromTimestampMs: number;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RestoreProgress) => void;
}

/** Restores the table of the last committed transaction from the latest-state topic. */
export async function restoreTable(hold: PartitionHold, options: RestoreOptions): Promise<EntityTable> {
  const { fromTimestampMs, nowMs, signal, onProgress } = options;
  const table = createEntityTable();
  let count = 0;
  for await (const { records, nextOffset, endOffset } of hold.readLatest(fromTimestampMs)) {
    signal.throwIfAborted();
    for (const record of records) {
      noteState(record, table, nowMs);
    }
    count += records.length;
    onProgress({ records: count, entities: table.size, nextOffset, endOffset });
  }
  return table;
}

/**
 * Records the revision that a record of the latest states has or names.
 *
 * @throws for states that the store cannot read: without them obsolete events would be forwarded
 */
export function noteState(record: LogRecord, table: EntityTable, nowMs: number): void {
  if (record.unreadable !== undefined) {
    throw new Error(`The states at offset ${record.offset} cannot be read: ${record.unreadable.message}`, {
      cause: record.unreadable,
    });
  }
  const event = readEvent(record);
  const revision = event.kind === 'tracked' ? event.revision : readEntityRevision(record);
  if (record.key !== null && revision !== undefined) {
    table.raise(record.key, revision, toTimestamp(record, nowMs));
  }
}

function readEntityRevision(record: LogRecord): bigint | undefined {
  const text = record.header(entityRevisionHeader);
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
