import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../runtime/errors.ts';
import { isSegmentRemoved } from '../journal/journal-segment.ts';

interface RemoveSegmentOptions {
  readonly directory: string;
  readonly name: string;
  /** It has a line that is no record, and is kept under another name. */
  readonly isDamaged: boolean;
  /** @throws when the directory is away, or another process's */
  readonly check: () => Promise<void>;
}

/** Removes a segment. @throws when it may still be there: as long as the directory is away nothing can be removed */
export async function removeSegment({
  directory,
  name,
  isDamaged,
  check,
}: RemoveSegmentOptions): Promise<void> {
  const file = join(directory, name);
  await check();
  try {
    await (isDamaged ? rename(file, `${file}.damaged`) : rm(file));
  } catch (error) {
    if (!(hasCode(error, 'ENOENT') && (await isSegmentRemoved(directory, name)))) {
      throw error;
    }
  }
}
