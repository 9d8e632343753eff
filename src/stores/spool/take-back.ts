import { randomBytes } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { healSegment, listSegments, toSegmentName } from '../journal/journal-segment.ts';
import { setAsideFile } from './set-aside.ts';

/** In the directory of a spool: whoever opens it next takes back what was set aside. */
const askedFile = 'take-back';

/**
 * Asks for it. Nothing else is touched, so a receiver may be using the spool.
 *
 * @returns false when nothing was set aside
 */
export async function askToTakeBack(directory: string): Promise<boolean> {
  if (!(await isThere(join(directory, setAsideFile)))) {
    return false;
  }
  await writeFile(join(directory, askedFile), '');
  await syncDirectory(directory);
  return true;
}

/**
 * Makes the last segment of what was set aside, if somebody asked for it. Only for whoever has the directory. It is one
 * rename: when the process ends at any point, the lines stand in the one file or in the other.
 */
export async function takeBackIfAsked(directory: string): Promise<void> {
  const asked = join(directory, askedFile);
  if (!(await isThere(asked))) {
    return;
  }
  const file = join(directory, setAsideFile);
  if (await isThere(file)) {
    await healSegment(file);
    const last = (await listSegments(directory)).at(-1) ?? '0';
    const segment = toSegmentName(Number.parseInt(last, 10) + 1, randomBytes(4).toString('hex'));
    await rename(file, join(directory, segment));
    await syncDirectory(directory);
  }
  await rm(asked, { force: true });
}

async function isThere(file: string): Promise<boolean> {
  return (await unlessMissing(stat(file))) !== undefined;
}
