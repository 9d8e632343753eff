import { readFileSync } from 'node:fs';

/** Options that the image gives to Node, for what has to run as the image does. */
export function readImageNodeOptions(): readonly string[] {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1];
  if (entrypoint === undefined) {
    throw new Error('The Dockerfile has no ENTRYPOINT on one line');
  }
  return (JSON.parse(entrypoint) as string[]).filter((argument) => argument.startsWith('-'));
}
