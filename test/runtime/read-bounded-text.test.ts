import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readBoundedText } from '../../src/runtime/read-bounded-text.ts';

test('gives the text of all chunks, also where a character is cut in two', async () => {
  const bytes = Buffer.from('grün');
  expect(await readBoundedText(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]))).toBe('grün');
  expect(await readBoundedText(null)).toBe('');
});

test('closes a source that has more than a mebibyte, and says so', async () => {
  const source = Readable.from(endless());
  await expect(readBoundedText(source)).rejects.toThrow('the answer is longer than 1048576 bytes');
  expect(source.destroyed).toBe(true);
});

function* endless(): Generator<Buffer> {
  for (;;) {
    yield Buffer.alloc(100_000);
  }
}
