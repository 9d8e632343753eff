import { createReadStream } from 'node:fs';
import { hasCode } from '../runtime/has-code.ts';

export interface LineCount {
  readonly lines: number;
  readonly bytes: number;
}

const lineFeed = 0x0a;
const blockBytes = 1024 * 1024;

/** Lines and bytes of a file from an offset on; 0 of a file that does not exist. */
export async function countLines(file: string, start = 0): Promise<LineCount> {
  let lines = 0;
  let bytes = 0;
  try {
    for await (const block of createReadStream(file, { start, highWaterMark: blockBytes })) {
      lines += countLineFeeds(block as Buffer);
      bytes += (block as Buffer).length;
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      throw error;
    }
  }
  return { lines, bytes };
}

export function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    count += 1;
  }
  return count;
}
