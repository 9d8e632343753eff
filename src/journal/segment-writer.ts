import { join } from 'node:path';
import { lockDirectory } from './directory-lock.ts';
import { healSegment, listSegments, openSegment, toSegmentName } from './journal-segment.ts';
import type { JournalPosition } from './read-journal.ts';

/** The segments of one directory, opened for appending by this process alone. */
export interface SegmentWriter {
  /** Where the next append begins, unless it begins a new segment. All before it is durable. */
  readonly end: JournalPosition;
  /**
   * Appends whole lines, to a new segment when the last one is full. Resolves when they are durable. Only one append at a
   * time.
   */
  append(lines: Buffer): Promise<void>;
  /** Begins a new segment. Not during an append. */
  startNext(): Promise<void>;
  close(): Promise<void>;
}

export interface SegmentWriterOptions {
  readonly directory: string;
  /** A segment that has reached this is followed by a new one. */
  readonly maxSegmentBytes?: number | undefined;
  /** Runs for each segment that ended in a torn line. The line is cut off: its record was never acknowledged. */
  readonly onTornLine?: (torn: { readonly segment: string; readonly bytes: number }) => void;
}

const defaultMaxSegmentBytes = 128 * 1024 * 1024;

/** @throws {Error} when another process has the directory */
export async function openSegmentWriter(options: SegmentWriterOptions): Promise<SegmentWriter> {
  const { directory, maxSegmentBytes = defaultMaxSegmentBytes, onTornLine } = options;
  const lock = lockDirectory(directory);
  try {
    const names = await listSegments(directory);
    for (const segment of names) {
      const bytes = await healSegment(join(directory, segment));
      if (bytes > 0) {
        onTornLine?.({ segment, bytes });
      }
    }
    let sequence = Number.parseInt(names.at(-1) ?? '1', 10);
    let name = toSegmentName(sequence);
    let current = await openSegment(directory, name);
    let isUsable = true;

    async function openNext(): Promise<void> {
      isUsable = false;
      await current.close().catch(() => {});
      sequence += 1;
      const next = toSegmentName(sequence);
      current = await openSegment(directory, next);
      name = next;
      isUsable = true;
    }

    return {
      get end() {
        return { segment: name, offset: current.size };
      },
      startNext: openNext,
      async append(lines) {
        if (!isUsable || current.size >= maxSegmentBytes) {
          await openNext();
        }
        try {
          await current.append(lines);
        } catch (error) {
          // After a failed sync nothing is known of the file's cached pages, so the file is never written again.
          isUsable = false;
          throw error;
        }
      },
      async close() {
        try {
          await current.close();
        } finally {
          lock.release();
        }
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
