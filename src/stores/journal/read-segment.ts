import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { SinkRecord } from '../../ports/sink.ts';
import { isLess, RangeReading, UnreadRangeError } from '../../runtime/range-reading.ts';
import { hasLostBytes, parseJournalLine } from './journal-line.ts';

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

/** The whole lines of one piece of a segment. */
export interface SegmentPart {
  readonly entries: readonly JournalEntry[];
  /** Where the line after the last one begins. */
  readonly next: JournalPosition;
  /** The last line, when it is not a record. */
  readonly badLine?: JournalPosition;
}

export interface SegmentRange {
  readonly start: number;
  /** Exclusive; infinite for all that is there. */
  readonly end: number;
}

const lineFeed = 0x0a;
const pieceBytes = 256 * 1024;

/**
 * Reads the whole lines of a segment, piece by piece: a last line without its end does not count yet. One that lost its
 * beginning in a crash of the machine was never synced, so never acknowledged, and is left out.
 *
 * @throws {UnreadRangeError} when the file ends before the range does
 */
export async function* readSegment(
  directory: string,
  segment: string,
  { start, end }: SegmentRange,
): AsyncGenerator<SegmentPart> {
  if (start >= end) {
    return;
  }
  const reading = new RangeReading({ from: start, end }, isLess);
  let offset = start;
  /** The pieces of a line whose end was not read yet. They are joined once: a line may be as long as the file. */
  let rest: Buffer[] = [];
  const options = { start, end: end - 1, highWaterMark: pieceBytes };
  for await (const chunk of createReadStream(join(directory, segment), options)) {
    reading.readTo(reading.at + chunk.length);
    rest.push(chunk);
    if (!chunk.includes(lineFeed)) {
      continue;
    }
    const bytes: Buffer = rest.length === 1 ? chunk : Buffer.concat(rest);
    let entries: JournalEntry[] = [];
    let lineStart = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(lineFeed, lineStart);
      if (lineEnd === -1) {
        break;
      }
      const position = { segment, offset };
      offset += lineEnd + 1 - lineStart;
      const next = { segment, offset };
      const line = bytes.subarray(lineStart, lineEnd);
      lineStart = lineEnd + 1;
      const record = parseLine(line);
      if (record === 'bad') {
        yield { entries, next, badLine: position };
        entries = [];
      } else if (record !== undefined) {
        entries.push({ record, position, next });
      }
    }
    rest = lineStart === bytes.length ? [] : [bytes.subarray(lineStart)];
    yield { entries, next: { segment, offset } };
  }
  if (Number.isFinite(end) && !reading.isAtEnd) {
    throw new UnreadRangeError(
      `${join(directory, segment)} ends at byte ${reading.at}, and was to be read to byte ${end}: it was cut back meanwhile. Run the same command again`,
    );
  }
}

function parseLine(bytes: Buffer): SinkRecord | 'bad' | undefined {
  const line = bytes.toString();
  return parseJournalLine(line) ?? (hasLostBytes(line) ? undefined : 'bad');
}
