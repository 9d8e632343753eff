import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../tools/cache-directory.ts';

const run = promisify(execFile);
const release = 'trixie';

/**
 * Returns the root directory of a Debian system with RabbitMQ 4.0. mmdebstrap creates the directory on the first call,
 * because Debian 12 itself only has RabbitMQ 3.10. The system runs in separate namespaces, so it requires root.
 */
export async function fetchRabbitMq(): Promise<string> {
  const target = join(cacheDirectory(), `rabbitmq-${release}-${process.arch}`);
  if (process.getuid?.() !== 0) {
    throw new Error(
      'Tests against RabbitMQ need root on Linux: they run Debian 13 in namespaces of its own.',
    );
  }
  if (!existsSync(target)) {
    process.stderr.write(`fetching RabbitMQ from Debian's ${release} into ${target}, once (240 MB)\n`);
    await mkdir(cacheDirectory(), { recursive: true });
    await bootstrap(await mkdtemp(`${target}.part-`), target);
  }
  return target;
}

/**
 * Creates a temporary directory. The final rename is atomic, so an interrupted download leaves no partial cache, and
 * concurrent downloads do not mix.
 */
async function bootstrap(part: string, target: string): Promise<void> {
  try {
    await run('mmdebstrap', [
      ...['--quiet', '--variant=minbase', '--include=rabbitmq-server'],
      ...['--aptopt=Acquire::Languages "none"', release, part],
    ]);
    await rename(part, target);
  } catch (cause) {
    if (!existsSync(target)) {
      const what = 'code' in (cause as object) && (cause as { code: unknown }).code === 'ENOENT';
      throw new Error(
        what
          ? 'Tests against RabbitMQ need mmdebstrap: apt-get install mmdebstrap'
          : `mmdebstrap could not make a Debian ${release} with rabbitmq-server; its own words follow.`,
        { cause },
      );
    }
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
