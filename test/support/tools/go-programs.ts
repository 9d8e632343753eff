import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from './cache-directory.ts';

/**
 * Builds a program into the cache. Go's build cache detects whether the source has changed. @returns the path of the
 * program
 */
export async function buildGoProgram(name: string, source: string): Promise<string> {
  requireGo();
  const program = join(cacheDirectory(), name);
  await mkdir(cacheDirectory(), { recursive: true });
  await promisify(execFile)('go', ['build', '-buildvcs=false', '-o', program, '.'], { cwd: source });
  return program;
}

function requireGo(): void {
  if (findOnPath('go') === undefined) {
    throw new Error(
      'The tests need "go", which is not on the PATH: install Go 1.26 or later, https://go.dev/dl',
    );
  }
}

export function findOnPath(tool: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return directories.map((directory) => join(directory, tool)).find((file) => existsSync(file));
}
