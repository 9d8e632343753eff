import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../../runtime/errors.ts';
import { listSegments } from '../journal/journal-segment.ts';
import { type Backlog, findFirst, findWaiting } from './backlog.ts';
import { readBacklog } from './drained-note.ts';
import { type PlacedLine, readChunk } from './read-chunk.ts';
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
  readonly backlog: Backlog;
  /** When the first record was received, ISO 8601. */
  readonly oldest: string | undefined;
}

/** Looks at the directory of a spool and changes nothing. */
export async function findSpooled(directory: string): Promise<Spooled> {
  const { segments, backlog } = await findBacklog(directory);
  let oldest: string | undefined;
  for (const segment of segments) {
    const left = readLeft(directory, segment, backlog);
    const from = findRest(backlog, segment.name);
    for await (const { record } of left) {
      oldest ??= record?.headers['received-at'];
      segment.records += 1;
      if (from !== undefined) {
        break;
      }
    }
    if (from !== undefined) {
      segment.records = (await countLines(join(directory, segment.name), from)).lines;
    }
  }
  return { segments, backlog, oldest };
}

/** Whether something waits there, as far as names and sizes of files tell: it is asked before the directory is opened. */
export async function holdsRecords(directory: string): Promise<boolean> {
  const found = await unlessMissing(findBacklog(directory));
  return found !== undefined && !found.backlog.isEmpty;
}

async function findBacklog(directory: string): Promise<Pick<Spooled, 'segments' | 'backlog'>> {
  const names = await listSegments(directory);
  const segments: SpooledSegment[] = [];
  for (const name of names) {
    segments.push({ name, size: (await stat(join(directory, name))).size, records: 0 });
  }
  const last = segments.at(-1);
  const end = { segment: last?.name ?? '', offset: last?.size ?? 0 };
  return { segments, backlog: await readBacklog(directory, names, end) };
}

/** From where on all lines of a segment are left: they only have to be counted. `undefined` when some may not be. */
function findRest(backlog: Backlog, name: string): number | undefined {
  const { rest } = backlog;
  const isAll = rest !== undefined && (name > rest.position.segment || [...backlog].length === 1);
  return !isAll || name < rest.position.segment
    ? undefined
    : name > rest.position.segment
      ? 0
      : rest.position.offset;
}

const limits = { maxRecords: 1_000, maxBytes: 1024 * 1024 };

/** The lines of a segment that the store does not have. */
async function* readLeft(
  directory: string,
  { name, size }: SpooledSegment,
  backlog: Backlog,
): AsyncGenerator<PlacedLine> {
  const first = findFirst(backlog);
  if (first === undefined || name < first.segment) {
    return;
  }
  for (let offset = name === first.segment ? first.offset : 0; offset < size; ) {
    const { lines, next } = await readChunk(directory, { segment: name, offset }, size, limits);
    for (const line of lines) {
      if (findWaiting(backlog, line.record, { segment: name, offset: line.offset }) !== undefined) {
        yield line;
      }
    }
    offset = lines.length === 0 ? size : next.offset;
  }
}

/** What a spool holds, for a person. */
export interface SpoolContent {
  readonly records: number;
  /** The size of all files. */
  readonly bytes: number;
  /** When the oldest record was received, ISO 8601. */
  readonly oldest: string | undefined;
  /** What the store did not take while it took others: names of topics and partitions. */
  readonly leftBehind: readonly string[];
  readonly setAsideRecords: number;
}

/** Reads a spool without opening it: a receiver may be using it. */
export async function inspectSpool(directory: string): Promise<SpoolContent> {
  const { segments, oldest, backlog } = (await unlessMissing(stat(directory)))
    ? await findSpooled(directory)
    : { segments: [], oldest: undefined, backlog: [] };
  const setAside = await countLinesIfAny(join(directory, setAsideFile));
  return {
    records: segments.reduce((sum, { records }) => sum + records, 0),
    bytes: segments.reduce((sum, { size }) => sum + size, setAside.bytes),
    oldest,
    leftBehind: Array.from(backlog).flatMap(({ share, name }) => (share === undefined ? [] : [name])),
    setAsideRecords: setAside.lines,
  };
}
