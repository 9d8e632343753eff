import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const source = new URL('servers/go-peer', import.meta.url).pathname;

/** Builds the Go peer into that directory. `undefined`: Go is not on the PATH. */
export async function buildGoPeer(directory: string): Promise<string | undefined> {
  const program = join(directory, 'go-peer');
  try {
    await promisify(execFile)('go', ['build', '-buildvcs=false', '-trimpath', '-o', program, '.'], {
      cwd: source,
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
  return program;
}
