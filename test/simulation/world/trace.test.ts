import { expect, test } from 'vitest';
import { Trace } from './trace.ts';

function digestOf(...texts: readonly string[]): string {
  const trace = new Trace();
  for (const [atMs, what] of texts.entries()) {
    trace.add({ atMs, who: 'receiver-1', what });
  }
  return trace.digest();
}

test('has another digest when anything else happened', () => {
  const digest = digestOf('starts', 'ends');
  expect(digestOf('starts', 'ends')).toBe(digest);
  expect(digestOf('ends', 'starts')).not.toBe(digest);
  expect(digestOf('starts', 'ends ')).not.toBe(digest);
});

test('has the same digest wherever the code lies, and without stacks', () => {
  const error = new Error('the disk is full\n    and "slow"', { cause: new Error('that is why') });
  error.stack = `Error: ${error.message}\n    at write (file:///one/disk.ts:4:2)\n    at node:fs:12:1`;
  const caused = `${error.stack}\ncaused by: Error: that is why\n    at file:///one/other.ts:1:1`;
  const bare = `Error: ${error.message}\ncaused by: Error: that is why`;
  expect(digestOf(`uncaught: ${caused}`)).toBe(digestOf(`uncaught: ${bare}`));
  expect(digestOf(JSON.stringify({ stack: caused, msg: 'failed' }))).toBe(
    digestOf(JSON.stringify({ stack: bare, msg: 'failed' })),
  );
  expect(digestOf(JSON.stringify({ stack: caused, msg: 'failed' }))).not.toBe(
    digestOf(JSON.stringify({ stack: caused, msg: 'given up' })),
  );
});
