import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readFully } from '../journal/journal-segment.ts';
import type { JournalPosition } from '../journal/read-segment.ts';
import { parseSpoolLine, type SpoolLine } from './spool-line.ts';

export interface ChunkLimits {
  readonly maxRecords: number;
  /** One line may exceed it: otherwise it would never be read. */
  readonly maxBytes: number;
}

export interface PlacedLine extends SpoolLine {
  /** Where it begins in its segment. */
  readonly offset: number;
}

/** Lines of one segment. */
export interface SpoolChunk {
  readonly lines: readonly PlacedLine[];
  /** Where the first line begins. */
  readonly start: JournalPosition;
  /** Where the line after the last one begins. */
  readonly next: JournalPosition;
}

const lineFeed = 0x0a;

/**
 * Reads whole lines of a segment.
 *
 * @param end bytes of the segment that are durable
 * @returns no line when none ends before `end`: what is left was never acknowledged
 */
export async function readChunk(
  directory: string,
  { segment, offset }: JournalPosition,
  end: number,
  { maxRecords, maxBytes }: ChunkLimits,
): Promise<SpoolChunk> {
  const handle = await open(join(directory, segment), 'r');
  try {
    for (let size = Math.min(maxBytes, end - offset); size > 0; size = Math.min(size * 2, end - offset)) {
      const bytes = await readFully(handle, Buffer.allocUnsafe(size), offset);
      const isAll = bytes.length < size || size === end - offset;
      if (bytes.includes(lineFeed) || isAll) {
        return splitLines(bytes, { segment, offset }, maxRecords);
      }
    }
    return { lines: [], start: { segment, offset }, next: { segment, offset } };
  } finally {
    await handle.close();
  }
}

function splitLines(bytes: Buffer, { segment, offset }: JournalPosition, maxRecords: number): SpoolChunk {
  const lines: PlacedLine[] = [];
  let start = 0;
  while (lines.length < maxRecords) {
    const lineEnd = bytes.indexOf(lineFeed, start);
    if (lineEnd === -1) {
      break;
    }
    lines.push({ ...parseSpoolLine(bytes.toString('utf8', start, lineEnd)), offset: offset + start });
    start = lineEnd + 1;
  }
  return { lines, start: { segment, offset }, next: { segment, offset: offset + start } };
}
