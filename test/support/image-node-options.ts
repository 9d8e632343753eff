import { readFileSync } from 'node:fs';

/** Options that the image gives to Node, for what has to run as the image does. */
export function readImageNodeOptions(): readonly string[] {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const options = /^RUN printf '#!%s (.*?)\\n/m.exec(dockerfile)?.[1];
  if (options === undefined) {
    throw new Error('The Dockerfile does not write the first line of comapi-webhook');
  }
  return options.split(' ');
}
