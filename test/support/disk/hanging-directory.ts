import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A directory that can hang for one process, as a network file system does whose server is away. Needs Linux and a C compiler.
 *
 * @param directory that hangs
 * @param room for files of its own, outside of that
 */
export async function createHangingDirectory(directory: string, room: string) {
  const library = join(room, 'hanging-directory.so');
  const source = new URL('hanging-directory.c', import.meta.url).pathname;
  await promisify(execFile)('cc', ['-shared', '-fPIC', '-O1', '-w', '-o', library, source, '-ldl']);
  const file = join(room, 'hang');
  return {
    /** Before a command: runs it so that its calls can hang. */
    wrapper: ['env', `LD_PRELOAD=${library}`, `HANG_BELOW=${directory}`, `HANG_WHILE=${file}`],
    /** From now on no call of that process on anything in the directory returns. */
    hang: () => writeFileSync(file, ''),
    /** All of them return. */
    goOn: () => rmSync(file, { force: true }),
  };
}
