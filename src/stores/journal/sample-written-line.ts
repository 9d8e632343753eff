import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { digestRecord, type ReadBack, type ReadBackSampler } from '../../ports/read-back.ts';
import { hasCode } from '../../runtime/errors.ts';
import { parseJournalLine } from './journal-line.ts';
import { isSegmentRemoved, readUntilFull } from './journal-segment.ts';
import type { JournalPosition } from './read-segment.ts';

interface WrittenLines {
  readonly directory: string;
  readonly lines: Buffer;
  /** Position after the last written line. */
  readonly end: JournalPosition | undefined;
}

const lineFeed = 0x0a;

/** Selects one of the written lines for a read-back check, which opens the file again by name. */
export function sampleWrittenLine(sampler: ReadBackSampler | undefined, written: WrittenLines): void {
  const { directory, lines, end } = written;
  if (sampler?.isDue !== true || end === undefined) {
    return;
  }
  const at = Math.floor(Math.random() * lines.length);
  const lineStart = at === 0 ? 0 : lines.lastIndexOf(lineFeed, at - 1) + 1;
  const line = lines.subarray(lineStart, lines.indexOf(lineFeed, at) + 1);
  const { segment } = end;
  const offset = end.offset - lines.length + lineStart;
  const writtenLine = { length: line.length, digest: digestRecord({ key: null, value: line }) };
  sampler.take({
    place: `${segment}/${offset}`,
    id: parseJournalLine(line.toString())?.headers.ce_id,
    readBytes: line.length,
    readBack: () => readLine(directory, { segment, offset }, writtenLine),
  });
}

async function readLine(
  directory: string,
  { segment, offset }: JournalPosition,
  wanted: { readonly length: number; readonly digest: string },
): Promise<ReadBack> {
  let bytes: Buffer;
  try {
    const handle = await open(join(directory, segment), 'r');
    try {
      bytes = await readUntilFull(handle, Buffer.alloc(wanted.length), offset);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT') && (await isSegmentRemoved(directory, segment))) {
      return { outcome: 'missing', detail: `the file ${segment} was removed or renamed` };
    }
    throw error;
  }
  if (bytes.length < wanted.length) {
    return { outcome: 'missing', detail: `the file ${segment} ends before the record` };
  }
  return digestRecord({ key: null, value: bytes }) === wanted.digest
    ? { outcome: 'same', detail: '' }
    : { outcome: 'different', detail: 'the file has other bytes at this position' };
}
