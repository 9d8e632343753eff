import { randomBytes } from 'node:crypto';
import { stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CheckResult } from '../../ports/check-result.ts';
import { hasCode } from '../../runtime/errors.ts';
import { describeDirectoryError } from '../../runtime/make-directory.ts';
import { probeDisk } from './disk-watch.ts';

const gibibyte = 1024 ** 3;

/** Whether the journal could be written. */
export async function checkDataDirectory(dataDir: string): Promise<CheckResult> {
  const tried = await tryDirectory(join(dataDir, 'journal'), 'DATA_DIR');
  if ('why' in tried) {
    const text = `the journal in ${dataDir} cannot be written: ${tried.why}`;
    return { area: 'store', verdict: 'error', text, advice: tried.advice };
  }
  const free = tried.freeBytes / gibibyte;
  const text = `no KAFKA_BROKERS: the journal in ${dataDir} is the store, ${free.toFixed(1)} GiB are free`;
  return free < 1
    ? { area: 'store', verdict: 'warning', text, advice: 'Make room: a full disk answers 503.' }
    : { area: 'store', verdict: 'ok', text };
}

type TriedDirectory = { readonly freeBytes: number } | { readonly why: string; readonly advice: string };

/**
 * Writes where a process would write, and removes it again: rights and free blocks say nothing of a quota. A directory that is
 * not there yet is judged by the nearest one above it, and not made.
 *
 * @param variable names the directory, or one above it
 */
export async function tryDirectory(directory: string, variable: string): Promise<TriedDirectory> {
  const existing = await findExisting(resolve(directory));
  try {
    await probeDisk(join(existing, `check-${randomBytes(4).toString('hex')}`));
    const { bavail, bsize } = await statfs(existing);
    return { freeBytes: bavail * bsize };
  } catch (error) {
    const reason = hasCode(error, 'ENOTDIR') ? 'it is a file' : describeDirectoryError(error);
    return {
      why: `${existing}: ${reason}`,
      advice: hasCode(error, 'ENOSPC', 'EDQUOT')
        ? 'Make room there: a full disk answers 503.'
        : `Set ${variable} to a directory that this user can write to.`,
    };
  }
}

async function findExisting(path: string): Promise<string> {
  return stat(path).then(
    () => path,
    () => findExisting(dirname(path)),
  );
}
