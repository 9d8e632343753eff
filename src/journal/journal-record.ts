import type { LogRecord } from '../revisions/log-record.ts';
import type { SinkRecord } from '../sink/sink.ts';
import type { JournalEntry, JournalPosition } from './read-journal.ts';

/** A line of the journal as a record for the filter. */
export interface JournalRecord extends LogRecord {
  readonly source: SinkRecord;
  readonly next: JournalPosition;
}

const noBody = Buffer.alloc(0);

/** The body is empty, because a line is not passed on as it is: it is written again from its source. */
export function toJournalRecord({ record, position, next }: JournalEntry): JournalRecord {
  const { key, value, headers } = record;
  const receivedAt = Date.parse(headers['received-at'] ?? '');
  return {
    source: record,
    next,
    offset: position.offset,
    timestampMs: Number.isNaN(receivedAt) ? -1 : receivedAt,
    key: key === null ? null : Buffer.from(key),
    value,
    body: noBody,
    header: (name) => headers[name],
  };
}
