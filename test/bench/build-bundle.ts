import { execFileSync } from 'node:child_process';

const root = new URL('../../', import.meta.url);

let entry: string | undefined;

/** Builds what the image runs, once: another build would take its files away from running processes. @returns its entry */
export function buildBundle(): string {
  if (entry === undefined) {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'pipe' });
    entry = new URL('dist/cli.cjs', root).pathname;
  }
  return entry;
}
