import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../support/tools/cache-directory.ts';
import { findOnPath, requireGo } from '../../support/tools/go-programs.ts';

const traefikVersion = '3.6.12';

/** The one that TRAEFIK_PATH names or the PATH has. Debian has none, so else it is built, once. */
export async function findTraefik(): Promise<string> {
  const given = process.env.TRAEFIK_PATH || findOnPath('traefik');
  if (given) {
    return given;
  }
  const directory = join(cacheDirectory(), `traefik-${traefikVersion}`);
  const traefik = join(directory, 'traefik');
  if (!existsSync(traefik)) {
    requireGo();
    process.stderr.write(`traefik is not on the PATH: building ${traefik}, once, in ten minutes or so\n`);
    await promisify(execFile)(new URL('build-traefik.sh', import.meta.url).pathname, [
      traefikVersion,
      directory,
    ]);
  }
  return traefik;
}
