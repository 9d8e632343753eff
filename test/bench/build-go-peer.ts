import { buildGoProgram, findOnPath } from '../support/tools/go-programs.ts';

/**
 * Builds the reference service in Go ("Go peer"), with which the receiver is compared. If Go is not installed, prints a
 * line and returns `undefined`.
 */
export async function buildGoPeer(): Promise<string | undefined> {
  if (findOnPath('go') === undefined) {
    process.stderr.write('go is not on the PATH: the Go peer is not measured\n');
    return undefined;
  }
  return buildGoProgram('go-peer', new URL('servers/go-peer', import.meta.url).pathname);
}
