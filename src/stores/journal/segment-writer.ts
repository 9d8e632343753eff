import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { acquireLease, type LeaseOptions } from './directory-lease.ts';
import {
  createSegment,
  type JournalSegment,
  listSegments,
  toSegmentName,
  truncateTornLine,
} from './journal-segment.ts';
import type { JournalPosition } from './read-segment.ts';

/**
 * Appends to a directory that this process has leased. Each process uses new segment names and never writes to
 * existing segments. Thus no line is overwritten, even if the process loses its lease.
 */
export interface SegmentWriter {
  /** Resolves when another process has taken over the directory. Every subsequent append then fails. */
  readonly lost: Promise<void>;
  /** End of the last append, or `undefined` before the first append and after `finishSegment`. */
  readonly end: JournalPosition | undefined;
  /**
   * Appends complete lines to the current segment, or to a new segment if there is none or the current one is full.
   * Resolves when the lines are durable and this process is confirmed to still own the directory. Only one append may
   * run at a time.
   */
  append(lines: Buffer): Promise<void>;
  /** Makes the next append start a new segment. Must not be called during an append. */
  finishSegment(): Promise<void>;
  /**
   * Checks that this process still owns the directory.
   *
   * @throws if this process is not the owner, or if the owner cannot be determined
   */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentWriterOptions extends LeaseOptions {
  /**
   * Clock that provides segment numbers. A segment number is the current second, or the previous number plus one if
   * that is higher. No number is ever reused, even after segments are removed, so a reader that continues from a
   * position skips nothing. Without a clock, the first number is 1.
   */
  readonly clock?: Pick<Clock, 'epochMs'> | undefined;
  /** Segment size in bytes at which a new segment is started. */
  readonly maxSegmentBytes?: number | undefined;
  /** Called after a torn line was truncated from the end of a segment. The record in that line was never acknowledged. */
  readonly onTornLine?: (torn: { readonly segment: string; readonly bytes: number }) => void;
}

const defaultMaxSegmentBytes = 128 * 1024 * 1024;

/**
 * Opens a segment writer.
 *
 * @throws {InUseError} if another process uses the directory
 */
export async function openSegmentWriter(options: SegmentWriterOptions): Promise<SegmentWriter> {
  const { directory, clock, maxSegmentBytes = defaultMaxSegmentBytes } = options;
  const lease = await acquireLease(options);
  let sequence: number;
  try {
    const names = await listSegments(directory);
    await truncateTornLines(names, options);
    sequence = Number.parseInt(names.at(-1) ?? '0', 10);
    // If the check succeeds, the previous owner can no longer acknowledge anything, and this process has not created a
    // segment yet.
    await lease.check();
  } catch (error) {
    await lease.release();
    throw error;
  }
  const start = randomBytes(4).toString('hex');
  let segment: JournalSegment | undefined;
  let end: JournalPosition | undefined;

  async function createNextSegment(): Promise<JournalSegment> {
    // A process that lost the directory, or a person, may have created newer segments.
    const lastSegmentNumber = Number.parseInt((await listSegments(directory)).at(-1) ?? '0', 10);
    sequence = Math.max(sequence + 1, lastSegmentNumber + 1, readEpochSecond(clock));
    const name = toSegmentName(sequence, start);
    const createdSegment = await createSegment(directory, name);
    try {
      // If this process is still the owner, the next owner will find the new segment and use higher numbers. A reader
      // then never has to go back to an earlier segment.
      await lease.check();
    } catch (error) {
      await createdSegment.close();
      throw error;
    }
    end = { segment: name, offset: 0 };
    return createdSegment;
  }

  /**
   * Closes the segment. A segment is also closed after a failed sync, because the state of its cached pages is then
   * unknown.
   */
  async function closeSegment(): Promise<void> {
    const finishedSegment = segment;
    segment = undefined;
    await finishedSegment?.close().catch(() => {});
  }

  return {
    lost: lease.lost,
    check: lease.check,
    async finishSegment() {
      await closeSegment();
      end = undefined;
    },
    get end() {
      return end;
    },
    async append(lines) {
      if (segment !== undefined && segment.size >= maxSegmentBytes) {
        await closeSegment();
      }
      segment ??= await createNextSegment();
      try {
        await segment.append(lines);
      } catch (error) {
        await closeSegment();
        throw error;
      }
      end = end && { ...end, offset: segment.size };
      await lease.check();
    },
    async close() {
      await closeSegment();
      await lease.release();
    },
  };
}

/**
 * Truncates torn last lines so that people see only complete lines. All readers skip torn lines, so a failure is
 * ignored.
 */
async function truncateTornLines(
  names: readonly string[],
  { directory, onTornLine }: SegmentWriterOptions,
): Promise<void> {
  for (const segment of names) {
    const bytes = await truncateTornLine(join(directory, segment)).catch(() => 0);
    if (bytes > 0) {
      onTornLine?.({ segment, bytes });
    }
  }
}

/**
 * Maximum segment number. Segment numbers have ten digits, so a clock that is far ahead must not use up the number
 * range.
 */
const maxSegmentNumber = 8_000_000_000;

function readEpochSecond(clock: Pick<Clock, 'epochMs'> | undefined): number {
  return Math.min(Math.floor((clock?.epochMs() ?? 0) / 1_000), maxSegmentNumber);
}
