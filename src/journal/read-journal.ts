import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../runtime/errors.ts';
import type { SinkRecord } from '../sink/sink.ts';
import type { StoredEvents } from '../sink/stored-events.ts';
import { hasLostBytes, parseJournalLine } from './journal-line.ts';
import { listSegments } from './journal-segment.ts';

/** A place between two lines of a journal. */
export interface JournalPosition {
  /** File name of the segment. */
  readonly segment: string;
  /** Bytes from its beginning. */
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

/** The end of the journal as it is now; `undefined` when it has no segment yet. */
export async function findJournalEnd(directory: string): Promise<JournalPosition | undefined> {
  const segment = (await listSegmentsIfAny(directory)).at(-1);
  return segment === undefined ? undefined : { segment, offset: (await stat(join(directory, segment))).size };
}

/**
 * Reads a journal in order, also while a receiver writes it: a last line without its end does not count yet. One that lost
 * its beginning in a crash of the machine was never synced, so never acknowledged, and is left out.
 */
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

/** Whether a line ends there. A crash of the machine can have taken back lines that were not synced. */
export async function isLineEnd(directory: string, { segment, offset }: JournalPosition): Promise<boolean> {
  if (offset === 0) {
    return true;
  }
  const handle = await open(join(directory, segment), 'r').catch(() => undefined);
  if (handle === undefined) {
    // A removed segment is no reason to begin again: reading goes on with the next one.
    return true;
  }
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, offset - 1);
    return bytesRead === 1 && buffer[0] === lineFeed;
  } finally {
    await handle.close();
  }
}

const lineFeed = 0x0a;

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
      const lineEnd = bytes.indexOf(lineFeed, lineStart);
      if (lineEnd === -1) {
        break;
      }
      const position = { segment, offset };
      offset += lineEnd + 1 - lineStart;
      const line = bytes.toString('utf8', lineStart, lineEnd);
      const record = parseJournalLine(line);
      if (record === undefined && !hasLostBytes(line)) {
        throw new Error(
          `${join(directory, segment)} has a line at byte ${position.offset} that is not a record`,
        );
      }
      if (record !== undefined) {
        yield { record, position, next: { segment, offset } };
      }
      lineStart = lineEnd + 1;
    }
    rest = bytes.subarray(lineStart);
  }
}

async function listSegmentsIfAny(directory: string): Promise<string[]> {
  try {
    return await listSegments(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return [];
    }
    throw error;
  }
}

/** The events that are written to a journal from now on. */
export async function openJournalEvents(directory: string, topic: string): Promise<StoredEvents> {
  const from = await findJournalEnd(directory);
  return {
    name: `the journal ${directory}`,
    async read(handle) {
      for await (const { record } of readJournal(directory, { from })) {
        if (record.topic === topic) {
          handle({ key: record.key, value: record.value, id: record.headers.ce_id });
        }
      }
    },
  };
}
