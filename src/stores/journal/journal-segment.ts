import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, undefinedIfMissing } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { lockDirectoryName } from './directory-lease.ts';

/** One file of the journal. The file contains complete lines, and each line is durable before its append resolves. */
export interface JournalSegment {
  /** Number of durable bytes. */
  readonly size: number;
  /**
   * Writes and syncs the bytes. If the write fails, or if the file was removed or replaced, it rejects and truncates
   * the file to its previous durable size.
   */
  append(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Pattern of a segment name, which contains a sequence number and the ID of the writing process. */
const segmentPattern = /^\d{10}-[0-9a-f]{8}\.jsonl$/;

export function isSegmentName(name: string): boolean {
  return segmentPattern.test(name);
}

/** Lists the names of the segments in a directory, oldest first. */
export async function listSegments(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter(isSegmentName).toSorted();
}

/**
 * Checks whether a segment was removed. The directory listing must contain the lock file, because the whole directory
 * may have been unavailable when opening the segment failed.
 */
export async function isSegmentRemoved(directory: string, segment: string): Promise<boolean> {
  const names = await readdir(directory);
  return names.includes(lockDirectoryName) && !names.includes(segment);
}

/**
 * Removes a segment. A damaged segment is instead renamed with the suffix `.damaged`.
 *
 * @param check throws if the directory is unavailable or belongs to another process
 * @throws if the segment may still exist
 */
export async function removeSegment(
  directory: string,
  segment: string,
  { isDamaged, check }: { readonly isDamaged: boolean; readonly check: () => Promise<void> },
): Promise<void> {
  const file = join(directory, segment);
  await check();
  try {
    await (isDamaged ? rename(file, `${file}.damaged`) : rm(file));
  } catch (error) {
    if (!(hasCode(error, 'ENOENT') && (await isSegmentRemoved(directory, segment)))) {
      throw error;
    }
  }
}

/**
 * Builds the name of a segment.
 *
 * @param start ID of the writing process, eight hexadecimal digits
 */
export function toSegmentName(sequence: number, start: string): string {
  return `${String(sequence).padStart(10, '0')}-${start}.jsonl`;
}

/**
 * Creates a segment, and syncs the directory so that the name survives a crash.
 *
 * @throws if the file already exists
 */
export async function createSegment(directory: string, name: string): Promise<JournalSegment> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
  const file = join(directory, name);
  const handle = await open(file, flags, 0o640);
  try {
    await syncDirectory(directory);
  } catch (error) {
    await handle.close();
    throw error;
  }
  let size = 0;
  return {
    get size() {
      return size;
    },
    async append(bytes) {
      try {
        await writeFully(handle, bytes, size);
        await handle.datasync();
        await requireSameFile(handle, file);
        size += bytes.length;
      } catch (error) {
        // If the truncation fails, unacknowledged lines remain in the file, and a reader may return them.
        await handle.truncate(size).catch(() => {});
        throw error;
      }
    },
    close: () => handle.close(),
  };
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let writtenBytes = 0;
  while (writtenBytes < bytes.length) {
    const result = await handle.write(
      bytes,
      writtenBytes,
      bytes.length - writtenBytes,
      position + writtenBytes,
    );
    writtenBytes += result.bytesWritten;
  }
}

/**
 * Checks that the open file still has its name. If the file was removed or replaced, no reader would find newly
 * written lines.
 *
 * @throws {Error} if the file was removed or replaced
 */
async function requireSameFile(handle: FileHandle, file: string): Promise<void> {
  const [own, named] = await Promise.all([
    handle.stat({ bigint: true }),
    undefinedIfMissing(stat(file, { bigint: true })),
  ]);
  if (own.ino !== named?.ino || own.dev !== named.dev) {
    throw new Error(`${file} was removed or replaced while it was being written`);
  }
}

const lineFeed = 0x0a;
const blockBytes = 64 * 1024;

/**
 * Truncates a last line that has no line feed, which a crash can leave. The record in that line was never
 * acknowledged. Must not be called for a file that is being written.
 *
 * @returns number of truncated bytes
 */
export async function truncateTornLine(file: string): Promise<number> {
  const { size, end } = await findLastLineEnd(file);
  if (end < size) {
    await truncate(file, end);
  }
  return size - end;
}

async function findLastLineEnd(file: string): Promise<{ readonly size: number; readonly end: number }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const block = Buffer.alloc(blockBytes);
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - blockBytes);
      const bytes = await readUntilFull(handle, block.subarray(0, end - start), start);
      const at = bytes.lastIndexOf(lineFeed);
      if (at !== -1) {
        return { size, end: start + at + 1 };
      }
      end = start;
    }
    return { size, end: 0 };
  } finally {
    await handle.close();
  }
}

/**
 * Reads from a position until the buffer is full or the file ends. A single read may return fewer bytes than are
 * available, for example over a network or after an interruption.
 *
 * @returns the part of the buffer that was filled
 */
export async function readUntilFull(
  handle: Pick<FileHandle, 'read'>,
  buffer: Buffer,
  position: number,
): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, position + length);
    if (bytesRead === 0) {
      break;
    }
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
