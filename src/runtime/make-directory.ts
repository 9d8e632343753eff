import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from './has-code.ts';

/**
 * Makes a directory and those above it. Node's recursive `mkdir` tries for ever where a file system refuses with ENOENT,
 * as /proc does.
 *
 * @throws what the file system answers
 */
export function makeDirectory(directory: string): void {
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
    makeDirectory(parent);
    makeDirectory(directory);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
