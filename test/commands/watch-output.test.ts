import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { watchOutput } from '../../src/commands/watch-output.ts';

test('a write waits while the reader is slow', async () => {
  const stdout = new PassThrough({ highWaterMark: 4 });
  const output = watchOutput(stdout);
  const writing = output.write('12345');
  const waited = new Promise((resolve) => setImmediate(resolve, 'still waits'));
  expect(await Promise.race([writing, waited])).toBe('still waits');
  stdout.resume();
  await writing;
  expect(output.closed.aborted).toBe(false);
});

test('a reader that went away ends it without an error, also what waits', async () => {
  const stdout = new PassThrough({ highWaterMark: 4 });
  const output = watchOutput(stdout);
  const writing = output.write('12345');
  stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await writing;
  expect(output.closed.aborted).toBe(true);
  await output.write('6');
});

test('a disk that is full is an error, and not the end of the output', async () => {
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  const stdout = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => done(full) });
  const output = watchOutput(stdout);
  const failure = 'standard output cannot be written: no space left';
  await expect(output.write('12345')).rejects.toThrow(failure);
  await expect(output.write('6')).rejects.toThrow(failure);
});
