import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePorts } from './free-ports.ts';

const project = new URL('../..', import.meta.url).pathname;

/** The Node of this test represents the platform's Node. The commands of this project's packages are not in the path. */
const platformPath = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]
  .filter((directory) => !directory.endsWith('node_modules/.bin'))
  .join(delimiter);

/** Installs a copy of the program, without development and optional packages. @returns its directory */
export function installPlatformApp(): string {
  const app = mkdtempSync(join(tmpdir(), 'platform-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'comapi-webhook', 'src']) {
    cpSync(join(project, name), join(app, name), { recursive: true });
  }
  // npm tells its scripts the project that it runs in, which is removed. Its settings of registry, cache and network are
  // kept.
  const { npm_config_local_prefix: _prefix, NODE_ENV: _mode, ...env } = process.env;
  const install = ['ci', '--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', install, { cwd: app, env, stdio: 'pipe', timeout: 240_000 });
  return app;
}

/**
 * Returns the variables that a platform sets. The second port must be free too, because other processes run on this machine.
 */
export async function toPlatformEnv(app: string) {
  const [port = 0] = await freePorts(1);
  return {
    url: `http://127.0.0.1:${port}`,
    env: { PATH: platformPath, HOME: app, NODE_ENV: 'production', PORT: String(port), MANAGEMENT_PORT: '0' },
  };
}
