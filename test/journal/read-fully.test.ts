import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFully } from '../../src/journal/read-fully.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

/** A real file, of which no call gives more than three bytes. */
async function openSparing(content: string) {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, content);
  const handle = await open(file);
  const read = (buffer: Buffer, offset: number, length: number, position: number) =>
    handle.read(buffer, offset, Math.min(3, length), position);
  return { read, [Symbol.asyncDispose]: () => handle.close() };
}

test('reads on when a call gives less than there is', async () => {
  await using handle = await openSparing('0123456789');
  const bytes = await readFully(handle as never, Buffer.alloc(7), 2);
  expect(bytes.toString()).toBe('2345678');
});

test('ends with the file', async () => {
  await using handle = await openSparing('0123456789');
  expect((await readFully(handle as never, Buffer.alloc(99), 6)).toString()).toBe('6789');
  expect(await readFully(handle as never, Buffer.alloc(9), 10)).toHaveLength(0);
});
