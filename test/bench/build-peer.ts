import { buildGoProgram, findOnPath } from '../support/tools/go-programs.ts';

/** A service in Go that stands beside the receiver, from `servers`. `undefined`, and a line that says so, without Go. */
export async function buildPeer(name: 'go-peer' | 'bento'): Promise<string | undefined> {
  if (findOnPath('go') === undefined) {
    process.stderr.write(`go is not on the PATH: ${name} is not measured\n`);
    return undefined;
  }
  return buildGoProgram(name, new URL(`servers/${name}`, import.meta.url).pathname);
}
