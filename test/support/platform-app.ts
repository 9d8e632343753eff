import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePorts } from './free-ports.ts';

const project = new URL('../..', import.meta.url).pathname;

/** The Node that runs this test stands for the platform's own. The commands of this project's packages are not there. */
const platformPath = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]
  .filter((directory) => !directory.endsWith('node_modules/.bin'))
  .join(delimiter);

/** A copy of the program, installed without packages for development and optional ones. @returns its directory */
export function installPlatformApp(): string {
  const app = mkdtempSync(join(tmpdir(), 'platform-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'comapi-webhook', 'src']) {
    cpSync(join(project, name), join(app, name), { recursive: true });
  }
  // npm tells its scripts in which project it runs. What it tells of registry, cache and network counts here too.
  const { npm_config_local_prefix: _prefix, NODE_ENV: _mode, ...env } = process.env;
  const install = ['ci', '--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', install, { cwd: app, env, stdio: 'pipe', timeout: 240_000 });
  return app;
}

/** What a platform sets by itself. On a machine with other processes the second port must be a free one, too. */
export async function toPlatformEnv(app: string) {
  const [port = 0] = await freePorts(1);
  return {
    url: `http://127.0.0.1:${port}`,
    env: { PATH: platformPath, HOME: app, NODE_ENV: 'production', PORT: String(port), MANAGEMENT_PORT: '0' },
  };
}
