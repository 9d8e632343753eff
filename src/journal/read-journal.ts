import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SinkRecord } from '../sink/sink.ts';
import { parseJournalLine } from './journal-line.ts';
import { listSegments } from './journal-segment.ts';

/** A place between two lines of a journal. */
export interface JournalPosition {
  /** File name of the segment. */
  readonly segment: string;
  /** Bytes from its begin. */
  readonly offset: number;
}

export interface JournalEntry {
  readonly record: SinkRecord;
  readonly position: JournalPosition;
  /** Where the next entry begins. */
  readonly next: JournalPosition;
}

export interface JournalRange {
  readonly from?: JournalPosition | undefined;
  readonly to?: JournalPosition | undefined;
}

/** The end of what is written now; `undefined` for a journal that has no segment yet. */
export async function findJournalEnd(directory: string): Promise<JournalPosition | undefined> {
  const segment = (await listSegmentsIfAny(directory)).at(-1);
  return segment === undefined ? undefined : { segment, offset: (await stat(join(directory, segment))).size };
}

/** Reads a journal, in order, also while a receiver writes it: a last line without its end is not there yet. */
export async function* readJournal(
  directory: string,
  range: JournalRange = {},
): AsyncGenerator<JournalEntry> {
  for (const segment of await listSegmentsIfAny(directory)) {
    const { from, to } = range;
    if ((from !== undefined && segment < from.segment) || (to !== undefined && segment > to.segment)) {
      continue;
    }
    const start = from?.segment === segment ? from.offset : 0;
    const end = to?.segment === segment ? to.offset : Number.POSITIVE_INFINITY;
    if (start < end) {
      yield* readSegment(directory, segment, start, end);
    }
  }
}

async function* readSegment(
  directory: string,
  segment: string,
  start: number,
  end: number,
): AsyncGenerator<JournalEntry> {
  let offset = start;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(join(directory, segment), { start, end: end - 1 })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let lineStart = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(0x0a, lineStart);
      if (lineEnd === -1) {
        break;
      }
      const position = { segment, offset };
      offset += lineEnd + 1 - lineStart;
      const record = parseJournalLine(bytes.toString('utf8', lineStart, lineEnd));
      if (record === undefined) {
        throw new Error(
          `${join(directory, segment)} has a line at byte ${position.offset} that is not a record`,
        );
      }
      yield { record, position, next: { segment, offset } };
      lineStart = lineEnd + 1;
    }
    rest = bytes.subarray(lineStart);
  }
}

async function listSegmentsIfAny(directory: string): Promise<string[]> {
  try {
    return await listSegments(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}
