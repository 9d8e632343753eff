import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { appendRecords, keysOf, toEventRecord } from '../support/append-records.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const program = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;

test('a pipe that is closed after the first line ends it with the next event', async () => {
  const env = { DATA_DIR: temporaryDirectory() };
  await appendRecords(env, [toEventRecord('m-0', 1)]);
  const script = `{ "$0" "$1" tail --since 1h; echo "exit code $?" >&2; } | { head -1; echo done; }`;
  const shell = spawn('sh', ['-c', script, process.execPath, program], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  shell.stdout.on('data', (data: Buffer) => {
    stdout += data.toString();
  });
  shell.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const closed = once(shell, 'close');
  await waitUntil(() => stdout.endsWith('done\n'), { timeoutMs: 100_000, what: 'the first line is read' });
  await appendRecords(env, [toEventRecord('later', 1)]);
  await closed;
  expect(keysOf(stdout.replace('done\n', ''))).toEqual(['m-0']);
  expect(stderr).toBe('exit code 0\n');
});
