import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { type LeaseOptions, takeDirectory } from './directory-lease.ts';
import {
  createSegment,
  healSegment,
  type JournalSegment,
  listSegments,
  toSegmentName,
} from './journal-segment.ts';
import type { JournalPosition } from './read-segment.ts';

/**
 * Appends to a directory that this process has for itself. Segments have names that no other start of a process uses, and
 * those of others are not written: whatever becomes of the lease, no line is overwritten.
 */
export interface SegmentWriter {
  /** Resolves when another process has taken the directory over: every append fails from then on. */
  readonly lost: Promise<void>;
  /** Where the last append ended; `undefined` before the first one of a start, and after `finishSegment`. */
  readonly end: JournalPosition | undefined;
  /**
   * Appends whole lines, to a new segment when there is none or it is full. Resolves when they are durable and the
   * directory still was this process's own afterwards. Only one append at a time.
   */
  append(lines: Buffer): Promise<void>;
  /** The next append begins a new segment. Not during an append. */
  finishSegment(): Promise<void>;
  /** @throws when the directory is not this process's own, or that cannot be told */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentWriterOptions extends LeaseOptions {
  /**
   * Numbers segments by the second in which they begin, or one above the last that is there. So none is used again, whatever
   * was removed or moved away, and who reads on from a position misses nothing. Without it the first number is 1.
   */
  readonly clock?: Pick<Clock, 'epochMs'> | undefined;
  /** A segment that has reached this is followed by a new one. */
  readonly maxSegmentBytes?: number | undefined;
  /** Runs for each segment that ended in a torn line. The line is cut off: its record was never acknowledged. */
  readonly onTornLine?: (torn: { readonly segment: string; readonly bytes: number }) => void;
}

const defaultMaxSegmentBytes = 128 * 1024 * 1024;

/** @throws {Error} when another process has the directory */
export async function openSegmentWriter(options: SegmentWriterOptions): Promise<SegmentWriter> {
  const { directory, clock, maxSegmentBytes = defaultMaxSegmentBytes } = options;
  const lease = await takeDirectory(options);
  let sequence: number;
  try {
    const names = await listSegments(directory);
    await cutTornLines(names, options);
    sequence = Number.parseInt(names.at(-1) ?? '0', 10);
    // Whoever had the directory before acknowledges nothing more, and whoever comes next had no segment yet.
    await lease.check();
  } catch (error) {
    await lease.release();
    throw error;
  }
  const start = randomBytes(4).toString('hex');
  let segment: JournalSegment | undefined;
  let end: JournalPosition | undefined;

  async function beginSegment(): Promise<JournalSegment> {
    // Others may have written meanwhile: one that has lost the directory, or a person.
    const last = Number.parseInt((await listSegments(directory)).at(-1) ?? '0', 10);
    sequence = Math.max(sequence + 1, last + 1, toSecond(clock));
    const name = toSegmentName(sequence, start);
    const created = await createSegment(directory, name);
    try {
      // Whoever has the directory next finds it, and has later ones: readers never go on in a segment to come back to this one.
      await lease.check();
    } catch (error) {
      await created.close();
      throw error;
    }
    end = { segment: name, offset: 0 };
    return created;
  }

  /** After a failed sync nothing is known of the file's cached pages: it is never written again either. */
  async function closeSegment(): Promise<void> {
    const finished = segment;
    segment = undefined;
    await finished?.close().catch(() => {});
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
      segment ??= await beginSegment();
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

/** For people: all who read segments leave out a last line without its end. So the writer can do without. */
async function cutTornLines(
  names: readonly string[],
  { directory, onTornLine }: SegmentWriterOptions,
): Promise<void> {
  for (const segment of names) {
    const bytes = await healSegment(join(directory, segment)).catch(() => 0);
    if (bytes > 0) {
      onTornLine?.({ segment, bytes });
    }
  }
}

/** Names have ten digits: no clock that is far ahead may use them up. */
const maxSecond = 8_000_000_000;

function toSecond(clock: Pick<Clock, 'epochMs'> | undefined): number {
  return Math.min(Math.floor((clock?.epochMs() ?? 0) / 1_000), maxSecond);
}
