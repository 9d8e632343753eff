import { execFileSync } from 'node:child_process';
import { image } from './container.ts';

/** Builds the image before the tests, and reuses layers of an earlier build. */
export function setup(): void {
  const script = new URL('build-image.sh', import.meta.url).pathname;
  execFileSync(script, [image], { stdio: ['ignore', 'ignore', 'inherit'] });
}
