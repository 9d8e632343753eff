import { randomBytes } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CheckResult } from '../../ports/check-result.ts';
import { hasCode } from '../../runtime/errors.ts';
import { describeDirectoryError } from '../../runtime/make-directory.ts';
import { probeDisk } from './disk-watch.ts';

const gibibyte = 1024 ** 3;

/** Checks whether the journal is writable, and how much free space its disk has. */
export async function checkDataDirectory(dataDir: string): Promise<CheckResult> {
  const directoryProbe = await probeDirectory(join(dataDir, 'journal'), 'DATA_DIR');
  if ('why' in directoryProbe) {
    const text = `cannot write to the journal in ${dataDir}: ${directoryProbe.why}`;
    return { area: 'store', verdict: 'error', text, advice: directoryProbe.advice };
  }
  const freeGibibytes = directoryProbe.freeBytes / gibibyte;
  const text = `the journal in ${dataDir} is the store, because no other store is configured; ${freeGibibytes.toFixed(1)} GiB are free`;
  return freeGibibytes < 1
    ? {
        area: 'store',
        verdict: 'warning',
        text,
        advice: 'Free disk space. When the disk is full, the receiver returns 503.',
      }
    : { area: 'store', verdict: 'ok', text };
}

type DirectoryProbe = { readonly freeBytes: number } | { readonly why: string; readonly advice: string };

/**
 * Tests a directory by writing and removing a file, because permissions and free blocks do not reveal a quota. If the
 * directory does not exist, tests the nearest existing parent instead. Creates no directory.
 *
 * @param variable name of the variable that sets the directory or one of its parents
 */
export async function probeDirectory(directory: string, variable: string): Promise<DirectoryProbe> {
  const existingDirectory = await findExistingAncestor(resolve(directory));
  try {
    await probeDisk(join(existingDirectory, `check-${randomBytes(4).toString('hex')}`));
    const { bavail, bsize } = await statfs(existingDirectory);
    return { freeBytes: bavail * bsize };
  } catch (error) {
    const reason = hasCode(error, 'ENOTDIR')
      ? 'this path is a file, not a directory'
      : describeDirectoryError(error);
    return {
      why: `${existingDirectory}: ${reason}`,
      advice: hasCode(error, 'ENOSPC', 'EDQUOT')
        ? 'Free space on the disk of this directory. When the disk is full, the receiver returns 503.'
        : `Set ${variable} to a directory that this user can write to.`,
    };
  }
}

async function findExistingAncestor(path: string): Promise<string> {
  return stat(path).then(
    () => path,
    () => findExistingAncestor(dirname(path)),
  );
}
