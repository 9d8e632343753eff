import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listSegments } from '../journal/journal-segment.ts';
import { isLineEnd, type JournalPosition } from '../journal/read-journal.ts';
import { countLines } from './count-lines.ts';
import { readDrainedNote, removeDrainedNote } from './drained-note.ts';
import { readChunk } from './read-chunk.ts';

export interface SpooledSegment {
  readonly name: string;
  /** Bytes that are durable. */
  size: number;
}

/** What a spool holds. */
export interface Spooled {
  /** Oldest first. The first one is that of the position. */
  readonly segments: SpooledSegment[];
  /** All before it was drained. */
  readonly position: JournalPosition;
  readonly records: number;
  /** When the first record was received, ISO 8601. */
  readonly oldest: string | undefined;
}

interface FoundSpool extends Spooled {
  /** Names of segments that were drained and are still there. */
  readonly drained: readonly string[];
  /** The note does not fit the segments, so it counts for nothing. */
  readonly isNoteStale: boolean;
}

/** Looks at the directory of a spool and changes nothing. @returns `undefined` when it has no segment */
export async function findSpooled(directory: string): Promise<FoundSpool | undefined> {
  const names = await listSegments(directory);
  const [first] = names;
  if (first === undefined) {
    return undefined;
  }
  const note = await readDrainedNote(directory);
  const isNoteStale = note !== undefined && !names.includes(note.segment);
  const position =
    note === undefined || isNoteStale ? { segment: first, offset: 0 } : await toLineEnd(directory, note);
  const segments: SpooledSegment[] = [];
  let records = 0;
  for (const name of names.filter((each) => each >= position.segment)) {
    const file = join(directory, name);
    segments.push({ name, size: (await stat(file)).size });
    records += (await countLines(file, name === position.segment ? position.offset : 0)).lines;
  }
  const [head] = segments as [SpooledSegment];
  const { lines } = await readChunk(directory, position, head.size, { maxRecords: 1, maxBytes: 4096 });
  return {
    segments,
    position,
    records,
    oldest: lines[0]?.record?.headers['received-at'],
    drained: names.filter((each) => each < position.segment),
    isNoteStale,
  };
}

/** Records are drained again, from the beginning of the segment, when the note points into a line. */
async function toLineEnd(directory: string, position: JournalPosition): Promise<JournalPosition> {
  return (await isLineEnd(directory, position)) ? position : { ...position, offset: 0 };
}

/** Takes over what an earlier process left in a spool that is open for writing. */
export async function takeOverSpooled(directory: string): Promise<Spooled> {
  const found = await findSpooled(directory);
  if (found === undefined) {
    throw new Error(`${directory} has no segment`);
  }
  if (found.isNoteStale) {
    // Segments to come may have the number that it names.
    await removeDrainedNote(directory);
  }
  for (const name of found.drained) {
    await rm(join(directory, name));
  }
  return found;
}
