import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = new URL('../../', import.meta.url).pathname;

function readDockerfile(checkout: string): string {
  return readFileSync(join(checkout, 'Dockerfile'), 'utf8');
}

/** Reads the Node options of the container image, for processes that must run with the same options. */
export function readImageNodeOptions(checkout = here): readonly string[] {
  const file = readDockerfile(checkout);
  const [, ...args]: readonly string[] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(file)?.[1] ?? '[]');
  // In earlier commits, which the benchmarks also measure, the first line of the program contains the options.
  const options = args.includes('--')
    ? args.slice(0, args.indexOf('--'))
    : /^RUN printf '#!%s (.*?)\\n/m.exec(file)?.[1]?.split(' ');
  if (options === undefined) {
    throw new Error('The Dockerfile passes no options to node');
  }
  return options;
}

/** Reads the variables of glibc's malloc that the container image sets. */
export function readImageMallocVariables(checkout = here): Readonly<Record<string, string>> {
  const found = readDockerfile(checkout).matchAll(/^ENV .*?\b(MALLOC_\w+)=(\S+)/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', value = '']) => [name, value]));
}
