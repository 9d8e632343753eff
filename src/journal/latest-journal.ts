import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntityTable } from '../revisions/entity-table.ts';
import { noteState } from '../revisions/restore-table.ts';
import type { SinkRecord } from '../sink/sink.ts';
import { lockDirectory } from './directory-lock.ts';
import { toJournalLine } from './journal-line.ts';
import { toJournalRecord } from './journal-record.ts';
import { healSegment, listSegments, openSegment, toSegmentName } from './journal-segment.ts';
import { type JournalPosition, readJournal } from './read-journal.ts';

/** The latest states beside the journal: what was forwarded, and in it how far the journal was read. */
export interface LatestJournal {
  /** Where reading goes on; `undefined` at first. */
  readonly position: JournalPosition | undefined;
  /** Resolves when the states are durable. */
  append(states: readonly ForwardedState[]): Promise<void>;
  close(): Promise<void>;
}

export interface ForwardedState {
  readonly record: SinkRecord;
  /** Behind the line of the journal that it came from. */
  readonly next: JournalPosition;
}

const positionHeader = 'journal-position';

const maxSegmentBytes = 128 * 1024 * 1024;

/** Opens it for this process alone, and notes in the table what it holds. */
export async function openLatestJournal(
  directory: string,
  table: EntityTable,
  nowMs: number,
): Promise<LatestJournal> {
  const lock = lockDirectory(directory);
  try {
    const names = await listSegments(directory);
    for (const name of names) {
      await healSegment(join(directory, name));
    }
    let position: JournalPosition | undefined;
    for await (const entry of readJournal(directory)) {
      noteState(toJournalRecord(entry), table, nowMs);
      position = parsePosition(entry.record.headers[positionHeader]);
    }
    let sequence = Number.parseInt(names.at(-1) ?? '1', 10);
    let segment = await openSegment(directory, toSegmentName(sequence));
    return {
      position,
      async append(states) {
        if (segment.size >= maxSegmentBytes) {
          await segment.close();
          sequence += 1;
          segment = await openSegment(directory, toSegmentName(sequence));
        }
        const lines = states.map(({ record, next }) => {
          const headers = { ...record.headers, [positionHeader]: `${next.segment}:${next.offset}` };
          return toJournalLine({ ...record, headers });
        });
        await segment.append(Buffer.from(lines.join('')));
      },
      async close() {
        await segment.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function parsePosition(text: string | undefined): JournalPosition | undefined {
  const [, segment, offset] = /^(\d{10}\.jsonl):(\d+)$/.exec(text ?? '') ?? [];
  return segment === undefined ? undefined : { segment, offset: Number(offset) };
}

const lineFeed = 0x0a;

/** Whether a line of the journal ends there: a crash of the machine can have taken unsynced lines back. */
export async function isLineEnd(directory: string, { segment, offset }: JournalPosition): Promise<boolean> {
  if (offset === 0) {
    return true;
  }
  const handle = await open(join(directory, segment), 'r').catch(() => undefined);
  // A segment that was removed is no reason to begin anew: reading goes on with the next one.
  if (handle === undefined) {
    return true;
  }
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, offset - 1);
    return bytesRead === 1 && buffer[0] === lineFeed;
  } finally {
    await handle.close();
  }
}
