import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Builds a peer of `servers` into that directory. Go's own cache makes it quick from the second time on. `undefined`: Go
 * is not on the PATH.
 */
export async function buildGoProgram(
  name: 'go-peer' | 'bento',
  directory: string,
): Promise<string | undefined> {
  const program = join(directory, name);
  try {
    await promisify(execFile)('go', ['build', '-buildvcs=false', '-trimpath', '-o', program, '.'], {
      cwd: new URL(`servers/${name}`, import.meta.url).pathname,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  return program;
}
