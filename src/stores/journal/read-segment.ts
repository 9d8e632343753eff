import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { SinkRecord } from '../../ports/sink.ts';
import { isLessThan, RangeReader, UnreadRangeError } from '../../runtime/range-reader.ts';
import { containsZeroBytes, parseJournalLine } from './journal-line.ts';

/** A position between two lines of a journal. */
export interface JournalPosition {
  /** File name of the segment. */
  readonly segment: string;
  /** Byte offset from the start of the segment. */
  readonly offset: number;
}

export interface JournalEntry {
  readonly record: SinkRecord;
  readonly position: JournalPosition;
  /** Start of the next entry. */
  readonly next: JournalPosition;
}

/** The complete lines of one chunk of a segment. */
export interface SegmentLines {
  readonly entries: readonly JournalEntry[];
  /** Position after the last line. */
  readonly next: JournalPosition;
  /** Position of the last line if that line is not a valid record. */
  readonly badLine?: JournalPosition;
}

export interface SegmentRange {
  readonly start: number;
  /** End of the range, exclusive. Use `Infinity` to read to the end of the file. */
  readonly end: number;
}

const lineFeed = 0x0a;
const chunkBytes = 256 * 1024;

/**
 * Reads the complete lines of a segment in chunks. A last line without a line feed is skipped for now. If a machine
 * crash removed the start of a line, the line is skipped permanently, because it was never synced or acknowledged.
 *
 * @throws {UnreadRangeError} if the file ends before the range does
 */
export async function* readSegment(
  directory: string,
  segment: string,
  { start, end }: SegmentRange,
): AsyncGenerator<SegmentLines> {
  if (start >= end) {
    return;
  }
  const rangeReading = new RangeReader({ from: start, end }, isLessThan);
  let offset = start;
  /**
   * Chunks of a line whose end has not been read yet. The chunks are joined only once, because a line may be as long
   * as the file.
   */
  let unreadChunks: Buffer[] = [];
  const options = { start, end: end - 1, highWaterMark: chunkBytes };
  for await (const chunk of createReadStream(join(directory, segment), options)) {
    rangeReading.readTo(rangeReading.at + chunk.length);
    unreadChunks.push(chunk);
    if (!chunk.includes(lineFeed)) {
      continue;
    }
    const bytes: Buffer = unreadChunks.length === 1 ? chunk : Buffer.concat(unreadChunks);
    let entries: JournalEntry[] = [];
    let lineStart = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(lineFeed, lineStart);
      if (lineEnd === -1) {
        break;
      }
      const position = { segment, offset };
      offset += lineEnd + 1 - lineStart;
      const nextPosition = { segment, offset };
      const line = bytes.subarray(lineStart, lineEnd);
      lineStart = lineEnd + 1;
      const record = parseLine(line);
      if (record === 'bad') {
        yield { entries, next: nextPosition, badLine: position };
        entries = [];
      } else if (record !== undefined) {
        entries.push({ record, position, next: nextPosition });
      }
    }
    unreadChunks = lineStart === bytes.length ? [] : [bytes.subarray(lineStart)];
    yield { entries, next: { segment, offset } };
  }
  if (Number.isFinite(end) && !rangeReading.isAtEnd) {
    throw new UnreadRangeError(
      `${join(directory, segment)} was truncated while it was being read: it ends at byte ${rangeReading.at}, before byte ${end}. Run the same command again`,
    );
  }
}

function parseLine(bytes: Buffer): SinkRecord | 'bad' | undefined {
  const line = bytes.toString();
  return parseJournalLine(line) ?? (containsZeroBytes(line) ? undefined : 'bad');
}
