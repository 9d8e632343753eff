import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { freePorts } from './free-ports.ts';

const project = new URL('../..', import.meta.url).pathname;

/**
 * The Node that runs this test represents the Node of the platform. The `PATH` does not contain the commands of this
 * project's packages.
 */
const platformPath = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)]
  .filter((directory) => !directory.endsWith('node_modules/.bin'))
  .join(delimiter);

/** Installs a copy of the program without development and optional packages. @returns the directory of the copy */
export function installPlatformApp(): string {
  const app = mkdtempSync(join(tmpdir(), 'platform-'));
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'comapi-webhook', 'src']) {
    cpSync(join(project, name), join(app, name), { recursive: true });
  }
  // npm sets variables that describe the project in which it runs, and these variables are removed. The settings for
  // the registry, cache and network are kept.
  const { npm_config_local_prefix: _prefix, NODE_ENV: _mode, ...env } = process.env;
  const install = ['ci', '--omit=dev', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', install, { cwd: app, env, stdio: 'pipe', timeout: 240_000 });
  return app;
}

/**
 * Returns the environment variables that a platform sets. The second port must also be free, because other processes
 * run on this machine.
 */
export async function toPlatformEnv(app: string) {
  const [port = 0] = await freePorts(1);
  return {
    url: `http://127.0.0.1:${port}`,
    env: { PATH: platformPath, HOME: app, NODE_ENV: 'production', PORT: String(port), MANAGEMENT_PORT: '0' },
  };
}
