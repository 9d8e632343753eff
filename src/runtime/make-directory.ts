import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describeError, hasCode } from './errors.ts';

/**
 * Makes a directory that this process writes to, and those above it.
 *
 * @param variable names the directory
 * @throws an error that says what to change; its cause is what the file system answers
 */
export function makeDirectory(directory: string, variable: string): void {
  try {
    make(directory);
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = reasons[code] ?? describeError(error);
    throw new Error(
      `${variable}: the directory ${directory} cannot be used: ${reason}. Set ${variable} to a directory that this user may write.`,
      { cause: error },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there (EACCES)',
  EPERM: 'this user may not write there (EPERM)',
  EROFS: 'the file system is read-only (EROFS)',
  EEXIST: 'it is a file (EEXIST)',
  ENOTDIR: 'a part of its path is a file (ENOTDIR)',
  ENOENT: 'no directory can be made there (ENOENT)',
};

/** Node's recursive `mkdir` tries for ever where a file system refuses with ENOENT, as /proc does. */
function make(directory: string): void {
  const parent = dirname(directory);
  try {
    mkdirSync(directory);
  } catch (error) {
    if (isDirectory(directory)) {
      return;
    }
    if (!hasCode(error, 'ENOENT') || isDirectory(parent)) {
      throw error;
    }
    make(parent);
    make(directory);
    return;
  }
  try {
    syncNames(parent);
  } catch (error) {
    // The next attempt would find it, and not know that its name may be lost.
    rmdirSync(directory);
    throw error;
  }
}

/** Otherwise a crash of the machine may take a new directory along, with all that was synced in it. */
function syncNames(directory: string): void {
  const descriptor = openSync(directory, constants.O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
