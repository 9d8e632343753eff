import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { appendRecords, keysOf, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { runCommand } from '../support/run-command.ts';
import { readShellBlocks } from '../support/shell-blocks.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { provideTool } from '../support/tools/provide-tool.ts';

const root = new URL('../..', import.meta.url).pathname;
const page = readFileSync(join(root, 'docs/personal-data.md'), 'utf8');
const [findKeys = ''] = readShellBlocks(page, "## Find a person's keys");
const takeOut = readShellBlocks(page, '## Erase events').find((block) => block.includes('jsonl')) ?? '';

test("the page's commands find a person's keys in a journal, and take the lines of these out", async () => {
  const directory = temporaryDirectory();
  const env = { DATA_DIR: join(directory, 'data') };
  const program = join(directory, 'comapi-webhook');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${root}src/comapi-webhook.mjs" "$@"\n`);
  chmodSync(program, 0o755);
  const path = [directory, dirname(await provideTool('jq')), process.env.PATH].join(':');
  const sh = (script: string) =>
    execFileSync('sh', ['-ec', script], {
      ...{ cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { ...env, PATH: path },
    });
  const about = (key: string, revision: number, body = 'Call 447700900123') =>
    toEventRecord(key, revision, 'message.sent', { body });
  /** Returns the mode and owner of all files in the data directory. */
  const lookAtOwners = () =>
    globSync(`${env.DATA_DIR}/*/*.jsonl*`).map((file) => {
      const { mode, uid, gid } = statSync(file);
      return { file, mode: (mode & 0o777).toString(8), uid, gid };
    });
  await appendRecords(env, [
    about('other-1', 2, 'Hello'),
    about('m-1', 1),
    about('m-2', 2),
    toDeadLetterRecord('{"of":"m-1"}'),
    about('other-2', 1, 'Hello'),
    about('m-1', 2, 'Hello'),
  ]);
  await runCommand(['filter'], env);

  sh(findKeys);
  expect(readFileSync(join(directory, 'keys.txt'), 'utf8')).toBe('m-1\nm-2\n');
  await appendRecords(env, [about('other-1', 3, 'Bye')]);
  for (const file of globSync(`${env.DATA_DIR}/latest/*.jsonl`)) {
    chmodSync(file, 0o600);
    if (process.getuid?.() === 0) {
      chownSync(file, 1_000, 1_000);
    }
  }
  const owners = lookAtOwners();
  sh(takeOut);
  // The filter may have started another segment, so there may be more files than before.
  const after = lookAtOwners();
  expect(after).toEqual(expect.arrayContaining(owners));
  expect(after.filter(({ file, mode }) => !file.endsWith('.jsonl') || !mode.endsWith('0'))).toEqual([]);
  const show = async (...args: string[]) =>
    keysOf((await runCommand(['tail', '--no-follow', ...args], env)).stdout);
  expect(await show()).toEqual(['other-1', 'other-2', 'other-1']);
  expect(await show('--dead-letters')).toEqual([null]);
  expect(await show('--latest')).toEqual(['other-1', 'other-2', 'other-1']);

  await appendRecords(env, [about('other-2', 2, 'Bye')]);
  await runCommand(['filter'], env);
  expect(await show('--latest')).toEqual(['other-1', 'other-2', 'other-1', 'other-2']);
});
