import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countLinesIfAny } from './count-lines.ts';
import { findSpooled } from './find-spooled.ts';
import { setAsideFile } from './set-aside.ts';

/** What a spool holds, for a person. */
export interface SpoolContent {
  readonly records: number;
  /** Of all files. */
  readonly bytes: number;
  /** When the oldest record was received, ISO 8601. */
  readonly oldest: string | undefined;
  readonly setAsideRecords: number;
}

/** Reads a spool without opening it: a receiver may be using it. */
export async function inspectSpool(directory: string): Promise<SpoolContent> {
  const { segments, oldest } = existsSync(directory)
    ? await findSpooled(directory)
    : { segments: [], oldest: undefined };
  const setAside = await countLinesIfAny(join(directory, setAsideFile));
  return {
    records: segments.reduce((sum, { records }) => sum + records, 0),
    bytes: segments.reduce((sum, { size }) => sum + size, setAside.bytes),
    oldest,
    setAsideRecords: setAside.lines,
  };
}
