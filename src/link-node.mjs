// Restores the link node_modules/.bin/node after "npm ci". This file is plain JavaScript, because it runs on the host's
// Node.js. The packages for both processor types provide a command named "node". When npm 10 removes the package for
// the unused processor type, npm also removes this link, and all commands would run on the host's Node.js.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const link = new URL('../node_modules/.bin/node', import.meta.url);
const node = `../node-${process.platform}-${process.arch}/bin/node`;
const installed = new URL(node, link);
if (existsSync(installed)) {
  const { status, stderr, error } = spawnSync(fileURLToPath(installed), ['--version'], { encoding: 'utf8' });
  if (status !== 0) {
    process.stderr.write(
      `error: the project's own Node.js does not start: ${error?.message ?? stderr.trim()}. ` +
        'It needs the library libatomic.so.1. On Debian and Ubuntu, run "apt-get install libatomic1".\n',
    );
    process.exit(1);
  }
  rmSync(link, { force: true });
  symlinkSync(node, link);
}
