import { readFileSync } from 'node:fs';

const dockerfile = new URL('../../Dockerfile', import.meta.url);

/** Options that the image gives to Node, for what has to run as the image does. */
export function readImageNodeOptions(): readonly string[] {
  const options = /^RUN printf '#!%s (.*?)\\n/m.exec(readFileSync(dockerfile, 'utf8'))?.[1];
  if (options === undefined) {
    throw new Error('The Dockerfile does not write the first line of comapi-webhook');
  }
  return options.split(' ');
}

/** Variables of glibc's malloc that the image sets. */
export function readImageMallocVariables(): Readonly<Record<string, string>> {
  const found = readFileSync(dockerfile, 'utf8').matchAll(/^ENV .*?\b(MALLOC_\w+)=(\S+)/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', value = '']) => [name, value]));
}
