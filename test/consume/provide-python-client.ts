import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../support/tools/cache-directory.ts';

const run = promisify(execFile);
/** Version of the client that is named on the recipe's page. */
const client = 'confluent-kafka==2.16.1';

/**
 * Provides the Python client for python3 on the PATH. pip downloads the client on the first call. @returns a directory
 * for PYTHONPATH
 */
export async function providePythonClient(): Promise<string> {
  const { stdout } = await run('python3', ['-c', 'import sys; print(sys.implementation.cache_tag)']);
  const target = join(cacheDirectory(), `${client.replace('==', '-')}-${stdout.trim()}`);
  if (!existsSync(target)) {
    await mkdir(cacheDirectory(), { recursive: true });
    const part = await mkdtemp(`${target}.part-`);
    try {
      const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--target', part];
      await run('python3', ['-m', 'pip', 'install', ...options, client]);
      await rename(part, target);
    } catch (cause) {
      throw new Error(`${client} could not be fetched for the tests: Python 3 with pip is needed.`, {
        cause,
      });
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  }
  return target;
}
