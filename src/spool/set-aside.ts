import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { joinLines } from '../journal/join-lines.ts';
import { healSegment, openSegment } from '../journal/journal-segment.ts';
import { countLines } from './count-lines.ts';

/** The lines that no store takes, kept for a person. */
export interface SetAside {
  readonly records: number;
  readonly bytes: number;
  /** Resolves when the lines are durable. */
  add(lines: readonly string[]): Promise<void>;
}

/** In the directory of a spool. */
export const setAsideFile = 'set-aside.jsonl';

/** A file in the directory of a spool. It counts against the spool's bound until somebody moves it away. */
export async function openSetAside(directory: string): Promise<SetAside> {
  const file = join(directory, setAsideFile);
  if (existsSync(file)) {
    await healSegment(file);
  }
  let { lines: records, bytes } = await countLines(file);
  return {
    get records() {
      return existsSync(file) ? records : 0;
    },
    get bytes() {
      return existsSync(file) ? bytes : 0;
    },
    async add(lines) {
      // Opened for each use: a person may have moved the file away.
      const segment = await openSegment(directory, setAsideFile);
      try {
        const isNew = segment.size === 0;
        await segment.append(joinLines(lines.map((line) => `${line}\n`)));
        records = (isNew ? 0 : records) + lines.length;
        bytes = segment.size;
      } finally {
        await segment.close();
      }
    },
  };
}
