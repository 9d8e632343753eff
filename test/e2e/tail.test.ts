import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { appendRecords, keysOf, toEventRecord } from '../support/append-records.ts';
import { startCommand } from '../support/receiver-process.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { waitUntil } from '../support/wait-until.ts';

const program = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;

async function createJournal(count: number) {
  const env = { DATA_DIR: temporaryDirectory() };
  await appendRecords(
    env,
    Array.from({ length: count }, (_, index) => toEventRecord(`m-${index}`, 1)),
  );
  return env;
}

test('Ctrl-C ends a tail that follows with exit code 0', async () => {
  const env = await createJournal(1);
  const tail = startCommand(['tail', '--since', '1h'], env);
  await waitUntil(() => tail.stdout().includes('m-0'), { timeoutMs: 60_000, what: 'the event is shown' });
  tail.child.kill('SIGINT');
  expect(await tail.exited).toBe(0);
  expect([keysOf(tail.stdout()), tail.stderr()]).toEqual([['m-0'], '']);
});

test.each([
  ['at once, when more is there', 5_000],
  ['with the next event', 1],
])('a pipe that is closed after the first line ends it too: %s', async (_when, count) => {
  const env = await createJournal(count);
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
  if (count === 1) {
    await appendRecords(env, [toEventRecord('later', 1)]);
  }
  await closed;
  expect(keysOf(stdout.replace('done\n', ''))).toEqual(['m-0']);
  expect(stderr).toBe('exit code 0\n');
});
