import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Creates a directory that can hang for one process, like a network file system whose server is unavailable. Requires
 * Linux and a C compiler.
 *
 * @param directory the directory that hangs
 * @param room a directory outside `directory`, for internal files
 */
export async function createHangingDirectory(directory: string, room: string) {
  const library = join(room, 'hanging-directory.so');
  const source = new URL('hanging-directory.c', import.meta.url).pathname;
  await promisify(execFile)('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, source, '-ldl']);
  const file = join(room, 'hang');
  return {
    /** Command prefix that runs a command whose file-system calls can be made to hang. */
    wrapper: ['env', `LD_PRELOAD=${library}`, `HANG_BELOW=${directory}`, `HANG_WHILE=${file}`],
    /** Makes all file-system calls of that process in the directory hang. */
    hang: () => writeFileSync(file, ''),
    /** Lets all hanging file-system calls return. */
    goOn: () => rmSync(file, { force: true }),
  };
}
