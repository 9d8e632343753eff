import { constants } from 'node:fs';
import { access, mkdir, open, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeError, hasCode } from './errors.ts';

/**
 * Creates a directory that this process writes to, and its parents.
 *
 * @param variable the variable that contains the name of the directory
 * @throws an error that says what to change; its cause is the error of the file system
 */
export async function makeDirectory(directory: string, variable: string): Promise<void> {
  try {
    await createDirectoryWithParents(directory);
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `${variable}: the directory ${directory} cannot be used: ${describeDirectoryError(error)}. Set ${variable} to a directory that this user can write to.`,
      { cause: error },
    );
  }
}

/** Explains an error of the file system to the operator. */
export function describeDirectoryError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return directoryProblems[code] ?? describeError(error);
}

const directoryProblems: Readonly<Record<string, string>> = {
  EACCES: 'permission denied (EACCES)',
  EPERM: 'operation not permitted (EPERM)',
  EROFS: 'the file system is read-only (EROFS)',
  EEXIST: 'a file with this name exists (EEXIST)',
  ENOTDIR: 'a parent of the directory is a file (ENOTDIR)',
  ENOENT: 'the file system cannot create a directory there (ENOENT)',
  ENOSPC: 'the disk is full (ENOSPC)',
  EDQUOT: 'the disk quota is exceeded (EDQUOT)',
};

/**
 * Creates a directory and its parents. Node's recursive `mkdir` loops forever if a file system rejects the directory with
 * ENOENT, as /proc does.
 */
async function createDirectoryWithParents(directory: string): Promise<void> {
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
    await createDirectoryWithParents(parent);
    await createDirectoryWithParents(directory);
    return;
  }
  try {
    await syncDirectory(parent);
  } catch (error) {
    // Without this removal, the next attempt would find the directory although its entry was never synced.
    await rmdir(directory);
    throw error;
  }
}

/**
 * Syncs a directory. Without this sync, a crash of the machine may lose new directory entries, and therefore even
 * files that were synced.
 */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}
