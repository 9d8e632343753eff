import { constants } from 'node:fs';
import { access, mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeError, hasCode } from './errors.ts';

/**
 * Makes a directory that this process writes to, and those above it.
 *
 * @param variable names the directory
 * @throws an error that says what to change; its cause is what the file system answers
 */
export async function makeDirectory(directory: string, variable: string): Promise<void> {
  try {
    await make(directory);
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `${variable}: the directory ${directory} cannot be used: ${describeRefusal(error)}. Set ${variable} to a directory that this user may write.`,
      { cause: error },
    );
  }
}

/** Why a file system does not give a directory, for whoever chose it. */
export function describeRefusal(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? describeError(error);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there (EACCES)',
  EPERM: 'this user may not write there (EPERM)',
  EROFS: 'the file system is read-only (EROFS)',
  EEXIST: 'it is a file (EEXIST)',
  ENOTDIR: 'a part of its path is a file (ENOTDIR)',
  ENOENT: 'no directory can be made there (ENOENT)',
  ENOSPC: 'its disk is full (ENOSPC)',
  EDQUOT: 'its quota is used up (EDQUOT)',
};

/** Node's recursive `mkdir` tries for ever where a file system refuses with ENOENT, as /proc does. */
async function make(directory: string): Promise<void> {
  const parent = dirname(directory);
  try {
    await mkdir(directory);
  } catch (error) {
    if (await isDirectory(directory)) {
      return;
    }
    if (!hasCode(error, 'ENOENT') || (await isDirectory(parent))) {
      throw error;
    }
    await make(parent);
    await make(directory);
    return;
  }
  try {
    await syncDirectory(parent);
  } catch (error) {
    // The next attempt would find it, and not know that its name may be lost.
    await rmdir(directory);
    throw error;
  }
}

/** Otherwise a crash of the machine may take new names along, with all that was synced under them. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
