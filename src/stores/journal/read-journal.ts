import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { undefinedIfMissing } from '../../runtime/errors.ts';
import { listSegments } from './journal-segment.ts';
import { type JournalEntry, type JournalPosition, readSegment } from './read-segment.ts';

export interface JournalRange {
  readonly from?: JournalPosition | undefined;
  readonly to?: JournalPosition | undefined;
}

/** Returns the current end of the journal, or `undefined` if the journal has no segments yet. */
export async function findJournalEnd(directory: string): Promise<JournalPosition | undefined> {
  const segment = (await listSegmentsIfAny(directory)).at(-1);
  return segment === undefined ? undefined : { segment, offset: (await stat(join(directory, segment))).size };
}

/**
 * Reads the complete lines of a journal in order, even while a receiver is writing to the journal.
 *
 * @throws {Error} if a line is not a record
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
      for await (const { entries, badLine } of readSegment(directory, segment, { start, end })) {
        yield* entries;
        if (badLine !== undefined) {
          throw new Error(
            `${join(directory, segment)} has a line at byte ${badLine.offset} that is not a record`,
          );
        }
      }
    }
  }
}

/**
 * Checks whether the journal was recreated, in which case the position is after the end of all segments. A receiver
 * never decreases the segment number.
 */
export async function isJournalRecreated(directory: string, { segment }: JournalPosition): Promise<boolean> {
  const names = await listSegmentsIfAny(directory);
  return names.length > 0 && names.every((name) => name < segment);
}

/** Checks whether a line ends at this position. After a machine crash, lines that were not synced may be missing. */
export async function isPositionAtLineEnd(
  directory: string,
  { segment, offset }: JournalPosition,
): Promise<boolean> {
  if (offset === 0) {
    return true;
  }
  const handle = await undefinedIfMissing(open(join(directory, segment), 'r'));
  if (handle === undefined) {
    // If the segment was removed, reading continues with the next segment and does not start over.
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

export async function listSegmentsIfAny(directory: string): Promise<string[]> {
  return (await undefinedIfMissing(listSegments(directory))) ?? [];
}

export function formatPosition({ segment, offset }: JournalPosition): string {
  return `${segment}/${offset}`;
}
