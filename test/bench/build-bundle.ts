import { execFileSync } from 'node:child_process';

const root = new URL('../../', import.meta.url);

/** Builds what the image runs. @returns its entry */
export function buildBundle(): string {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'pipe' });
  return new URL('dist/cli.cjs', root).pathname;
}
