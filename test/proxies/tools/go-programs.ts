import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../support/tools/cache-directory.ts';

const run = promisify(execFile);

/** Built each time: Go's own cache knows whether anything changed. */
export async function buildGoProxy(): Promise<string> {
  requireGo();
  const program = join(cacheDirectory(), 'go-reverse-proxy');
  const source = new URL('../go-reverse-proxy', import.meta.url).pathname;
  await run('go', ['build', '-buildvcs=false', '-o', program, '.'], { cwd: source });
  return program;
}

function requireGo(): void {
  if (findOnPath('go') === undefined) {
    throw new Error('The tests need "go", which is not on the PATH: install Go, https://go.dev/dl');
  }
}

function findOnPath(tool: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return directories.map((directory) => join(directory, tool)).find((file) => existsSync(file));
}
