import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../support/tools/cache-directory.ts';

const run = promisify(execFile);
const traefikVersion = '3.6.12';

/** Built each time: Go's own cache knows whether anything changed. */
export async function buildGoProxy(): Promise<string> {
  requireGo();
  const program = join(cacheDirectory(), 'go-reverse-proxy');
  await mkdir(cacheDirectory(), { recursive: true });
  const source = new URL('../go-reverse-proxy', import.meta.url).pathname;
  await run('go', ['build', '-buildvcs=false', '-o', program, '.'], { cwd: source });
  return program;
}

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
    await run(new URL('build-traefik.sh', import.meta.url).pathname, [traefikVersion, directory]);
  }
  return traefik;
}

function requireGo(): void {
  if (findOnPath('go') === undefined) {
    throw new Error(
      'The tests need "go", which is not on the PATH: install Go 1.26 or later, https://go.dev/dl',
    );
  }
}

function findOnPath(tool: string): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter);
  return directories.map((directory) => join(directory, tool)).find((file) => existsSync(file));
}
