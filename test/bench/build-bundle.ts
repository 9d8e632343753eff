import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const here = new URL('../../', import.meta.url).pathname;

const built = new Set<string>();

/**
 * Builds the bundle that the container image contains, once per checkout. A second build would delete files that
 * running processes use.
 * ¶ @returns path of the bundle's entry file
 */
export function buildBundle(checkout = here): string {
  if (!built.has(checkout)) {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: checkout, stdio: 'pipe' });
    built.add(checkout);
  }
  return join(checkout, 'dist/cli.cjs');
}
