import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = new URL('../../', import.meta.url).pathname;

function readDockerfile(checkout: string): string {
  return readFileSync(join(checkout, 'Dockerfile'), 'utf8');
}

/** Reads the Node options of the image, for processes that must run like the image. */
export function readImageNodeOptions(checkout = here): readonly string[] {
  const options = /^RUN printf '#!%s (.*?)\\n/m.exec(readDockerfile(checkout))?.[1];
  if (options === undefined) {
    throw new Error('The Dockerfile does not write the first line of comapi-webhook');
  }
  return options.split(' ');
}

/** Reads the variables of glibc's malloc that the image sets. */
export function readImageMallocVariables(checkout = here): Readonly<Record<string, string>> {
  const found = readDockerfile(checkout).matchAll(/^ENV .*?\b(MALLOC_\w+)=(\S+)/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', value = '']) => [name, value]));
}
