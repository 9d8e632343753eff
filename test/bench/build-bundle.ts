import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const here = new URL('../../', import.meta.url).pathname;

const built = new Set<string>();

/**
 * Builds the bundle of the image, once for each checkout. Another build would delete files that running processes use.
 *
 * @returns entry file of the bundle
 */
export function buildBundle(checkout = here): string {
  if (!built.has(checkout)) {
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: checkout, stdio: 'pipe' });
    built.add(checkout);
  }
  return join(checkout, 'dist/cli.cjs');
}
