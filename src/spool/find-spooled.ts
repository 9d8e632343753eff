import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listSegments } from '../journal/journal-segment.ts';
import { isLineEnd } from '../journal/read-journal.ts';
import { unlessMissing } from '../runtime/errors.ts';
import { readDrainedNote } from './drain-position.ts';
import { readChunk } from './read-chunk.ts';
import { setAsideFile } from './set-aside.ts';
import { countLines, countLinesIfAny } from './spool-line.ts';

export interface SpooledSegment {
  readonly name: string;
  /** Bytes that are durable. */
  size: number;
  /** Lines that are not drained. */
  records: number;
}

/** What a spool holds. */
export interface Spooled {
  /** Oldest first. */
  readonly segments: SpooledSegment[];
  /** Bytes of the first segment that were drained. */
  readonly offset: number;
  /** When the first record was received, ISO 8601. */
  readonly oldest: string | undefined;
}

/** Looks at the directory of a spool and changes nothing. */
export async function findSpooled(directory: string): Promise<Spooled> {
  const names = await listSegments(directory);
  const offset = await findDrained(directory, names[0]);
  const segments: SpooledSegment[] = [];
  for (const name of names) {
    const file = join(directory, name);
    const { lines: records } = await countLines(file, name === names[0] ? offset : 0);
    segments.push({ name, size: (await stat(file)).size, records });
  }
  return { segments, offset, oldest: await findOldest(directory, segments[0], offset) };
}

/** Whether something waits there, as far as names and sizes of files tell: it is asked before the directory is opened. */
export async function holdsRecords(directory: string): Promise<boolean> {
  const names = (await unlessMissing(listSegments(directory))) ?? [];
  const drained = await findDrained(directory, names[0]);
  for (const name of names) {
    const { size } = await stat(join(directory, name));
    if (size > (name === names[0] ? drained : 0)) {
      return true;
    }
  }
  return false;
}

/** Records are drained again, from the beginning of the segment, when the note points into a line. */
async function findDrained(directory: string, segment: string | undefined): Promise<number> {
  const note = await readDrainedNote(directory);
  return note !== undefined && note.segment === segment && (await isLineEnd(directory, note))
    ? note.offset
    : 0;
}

async function findOldest(directory: string, head: SpooledSegment | undefined, offset: number) {
  if (head === undefined) {
    return undefined;
  }
  const limits = { maxRecords: 1, maxBytes: 4096 };
  const { lines } = await readChunk(directory, { segment: head.name, offset }, head.size, limits);
  return lines[0]?.record?.headers['received-at'];
}

/** What a spool holds, for a person. */
export interface SpoolContent {
  readonly records: number;
  /** Of all files. */
  readonly bytes: number;
  /** When the oldest record was received, ISO 8601. */
  readonly oldest: string | undefined;
  readonly setAsideRecords: number;
}

/** Reads a spool without opening it: a receiver may be using it. */
export async function inspectSpool(directory: string): Promise<SpoolContent> {
  const { segments, oldest } = (await unlessMissing(stat(directory)))
    ? await findSpooled(directory)
    : { segments: [], oldest: undefined };
  const setAside = await countLinesIfAny(join(directory, setAsideFile));
  return {
    records: segments.reduce((sum, { records }) => sum + records, 0),
    bytes: segments.reduce((sum, { size }) => sum + size, setAside.bytes),
    oldest,
    setAsideRecords: setAside.lines,
  };
}
