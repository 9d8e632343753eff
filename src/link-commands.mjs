// Runs after "npm ci", on whatever Node the host has: plain JavaScript.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';

const binaries = new URL('../node_modules/.bin/', import.meta.url);

// So that npx finds the command. It would otherwise install this package anew, beside this directory, at each call.
link('comapi-webhook', '../../src/comapi-webhook.mjs');

// npm 10 takes this link away together with the package for the other processor, whose command has the same name.
const node = `../node-${process.platform}-${process.arch}/bin/node`;
if (existsSync(new URL(node, binaries))) {
  link('node', node);
}

function link(name, target) {
  mkdirSync(binaries, { recursive: true });
  rmSync(new URL(name, binaries), { force: true });
  symlinkSync(target, new URL(name, binaries));
}
