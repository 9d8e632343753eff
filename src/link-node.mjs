// Runs after "npm ci", on whatever Node the host has: plain JavaScript.
// npm 10 takes the link node_modules/.bin/node away together with the package for the other processor, whose command has the
// same name. Without it everything would run on the host's Node.
import { existsSync, rmSync, symlinkSync } from 'node:fs';

const link = new URL('../node_modules/.bin/node', import.meta.url);
const node = `../node-${process.platform}-${process.arch}/bin/node`;
if (existsSync(new URL(node, link))) {
  rmSync(link, { force: true });
  symlinkSync(node, link);
}
