// Restores the link node_modules/.bin/node after "npm ci". This file is plain JavaScript, because it runs on the host's
// Node.js. The packages for both processor types provide a command named "node". When npm 10 removes the package for
// the unused processor type, npm also removes this link, and all commands would run on the host's Node.js.
import { existsSync, rmSync, symlinkSync } from 'node:fs';

const link = new URL('../node_modules/.bin/node', import.meta.url);
const node = `../node-${process.platform}-${process.arch}/bin/node`;
if (existsSync(new URL(node, link))) {
  rmSync(link, { force: true });
  symlinkSync(node, link);
}
