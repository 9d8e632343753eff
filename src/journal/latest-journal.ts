import type { EntityTable } from '../revisions/entity-table.ts';
import { noteState } from '../revisions/restore-table.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import type { SinkRecord } from '../sink/sink.ts';
import { joinLines } from './join-lines.ts';
import { toJournalLine } from './journal-line.ts';
import { toJournalRecord } from './journal-record.ts';
import { isSegmentName } from './journal-segment.ts';
import { type JournalPosition, readJournal } from './read-journal.ts';
import { openSegmentWriter } from './segment-writer.ts';

/** The journal of latest states. Each state also holds the position up to which the journal of events was read. */
export interface LatestJournal {
  /** Where to read on in the journal of events; `undefined` before the first run. */
  readonly position: JournalPosition | undefined;
  /** Resolves when the states are durable. */
  append(states: readonly ForwardedState[]): Promise<void>;
  close(): Promise<void>;
}

export interface ForwardedState {
  readonly record: SinkRecord;
  /** Where the line after the event begins. */
  readonly next: JournalPosition;
}

const positionHeader = 'journal-position';

/** Opens it for this process alone, and puts its states into the table. */
export async function openLatestJournal(
  directory: string,
  table: EntityTable,
  nowMs: number,
): Promise<LatestJournal> {
  makeDirectory(directory, 'DATA_DIR');
  const writer = await openSegmentWriter({ directory });
  let position: JournalPosition | undefined;
  try {
    for await (const entry of readJournal(directory)) {
      noteState(toJournalRecord(entry), table, nowMs);
      position = parsePosition(entry.record.headers[positionHeader]);
    }
  } catch (error) {
    await writer.close();
    throw error;
  }
  return {
    position,
    append(states) {
      const lines = states.map(({ record, next }) => {
        const headers = { ...record.headers, [positionHeader]: `${next.segment}:${next.offset}` };
        return toJournalLine({ ...record, headers });
      });
      return writer.append(joinLines(lines));
    },
    close: () => writer.close(),
  };
}

function parsePosition(text: string | undefined): JournalPosition | undefined {
  const [, segment = '', offset] = /^([^:]+):(\d+)$/.exec(text ?? '') ?? [];
  return isSegmentName(segment) ? { segment, offset: Number(offset) } : undefined;
}
