import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const here = new URL('../../', import.meta.url).pathname;

const built = new Set<string>();

/**
 * Builds what the image runs, once for each checkout: another build would take its files away from running processes.
 *
 * @returns its entry
 */
export function buildBundle(checkout = here): string {
  if (!built.has(checkout)) {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: checkout, stdio: 'pipe' });
    built.add(checkout);
  }
  return join(checkout, 'dist/cli.cjs');
}
