import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of the journal. It holds whole lines; each is durable before its append resolves. */
export interface JournalSegment {
  readonly file: string;
  /** Bytes that are durable. */
  readonly size: number;
  /** Writes and syncs. When that fails, the file is cut back to what was durable before. */
  append(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

const segmentPattern = /^\d{10}\.jsonl$/;

/** Names of the segments in a directory, oldest first. */
export async function listSegments(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => segmentPattern.test(name)).toSorted();
}

export function toSegmentName(sequence: number): string {
  return `${String(sequence).padStart(10, '0')}.jsonl`;
}

/** Opens or creates a segment for appending. The directory is synced, so that a new name survives a crash. */
export async function openSegment(directory: string, name: string): Promise<JournalSegment> {
  const file = join(directory, name);
  const handle = await open(file, constants.O_CREAT | constants.O_WRONLY, 0o640);
  await syncDirectory(directory);
  let { size } = await handle.stat();
  return {
    file,
    get size() {
      return size;
    },
    async append(bytes) {
      try {
        await writeFully(handle, bytes, size);
        await handle.datasync();
        size += bytes.length;
      } catch (error) {
        await handle.truncate(size);
        throw error;
      }
    },
    close: () => handle.close(),
  };
}

async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const result = await handle.write(bytes, written, bytes.length - written, position + written);
    written += result.bytesWritten;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const lineFeed = 0x0a;
const blockBytes = 64 * 1024;

/**
 * Cuts off a last line without a line feed, which a crash can leave. Its record was never acknowledged.
 *
 * @returns how many bytes were cut off
 */
export async function healSegment(file: string): Promise<number> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    let end = size;
    const block = Buffer.alloc(blockBytes);
    while (end > 0) {
      const start = Math.max(0, end - blockBytes);
      const { bytesRead } = await handle.read(block, 0, end - start, start);
      const at = block.subarray(0, bytesRead).lastIndexOf(lineFeed);
      if (at !== -1) {
        end = start + at + 1;
        break;
      }
      end = start;
    }
    if (end < size) {
      await handle.truncate(end);
      await handle.sync();
    }
    return size - end;
  } finally {
    await handle.close();
  }
}
