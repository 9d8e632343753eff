import { createReadStream } from 'node:fs';
import { hasCode } from '../runtime/errors.ts';

export interface LineCount {
  readonly lines: number;
  readonly bytes: number;
}

const lineFeed = 0x0a;
const blockBytes = 1024 * 1024;

/** Lines and bytes of a file from an offset on. */
export async function countLines(file: string, start = 0): Promise<LineCount> {
  let lines = 0;
  let bytes = 0;
  for await (const block of createReadStream(file, { start, highWaterMark: blockBytes })) {
    lines += countLineFeeds(block as Buffer);
    bytes += (block as Buffer).length;
  }
  return { lines, bytes };
}

/** 0 of a file that does not exist. */
export async function countLinesIfAny(file: string): Promise<LineCount> {
  try {
    return await countLines(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) {
      return { lines: 0, bytes: 0 };
    }
    throw error;
  }
}

export function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    count += 1;
  }
  return count;
}
