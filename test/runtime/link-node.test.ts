import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/test-receiver.ts';

/** Runs the script in a project where `npm ci` has installed this program as Node. */
function linkNode(program: string) {
  const directory = temporaryDirectory();
  const name = `node-${process.platform}-${process.arch}`;
  const node = join(directory, 'node_modules', name, 'bin/node');
  mkdirSync(join(node, '..'), { recursive: true });
  mkdirSync(join(directory, 'node_modules/.bin'));
  mkdirSync(join(directory, 'src'));
  writeFileSync(node, program);
  chmodSync(node, 0o755);
  const script = join(directory, 'src/link-node.mjs');
  copyFileSync(new URL('../../src/link-node.mjs', import.meta.url), script);
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  const readLink = () => readlinkSync(join(directory, 'node_modules/.bin/node'));
  return { status, stderr, readLink, expectedLink: `../${name}/bin/node` };
}

test('links the installed Node', () => {
  const { status, stderr, readLink, expectedLink } = linkNode('#!/bin/sh\necho v26.0.0\n');
  expect([status, stderr, readLink()]).toEqual([0, '', expectedLink]);
});

test('an installed Node that does not start ends npm ci with the missing library and the command that installs it', () => {
  const { status, stderr } = linkNode(
    '#!/bin/sh\necho "error while loading shared libraries: libatomic.so.1" >&2\nexit 127\n',
  );
  expect(status).toBe(1);
  expect(stderr).toBe(
    `error: the project's own Node.js does not start: error while loading shared libraries: libatomic.so.1. ` +
      'It needs the library libatomic.so.1. On Debian and Ubuntu, run "apt-get install libatomic1".\n',
  );
});
