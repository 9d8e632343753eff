import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readChunk } from '../../../src/stores/spool/read-chunk.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const segment = '0000000001.jsonl';
const limits = { maxRecords: 100, maxBytes: 16 };

function writeSegment(text: string) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, segment), text);
  return directory;
}
const textsOf = ({ lines }: Awaited<ReturnType<typeof readChunk>>) => lines.map(({ text }) => text);

test('reads whole lines up to the byte limit, and goes on after them', async () => {
  const directory = writeSegment('first\nsecond\nthird\n');
  const first = await readChunk(directory, { segment, offset: 0 }, 19, limits);
  expect(textsOf(first)).toEqual(['first', 'second']);
  expect(first.next).toEqual({ segment, offset: 13 });
  expect(textsOf(await readChunk(directory, first.next, 19, limits))).toEqual(['third']);
});

test('reads no more lines than the record limit', async () => {
  const directory = writeSegment('1\n2\n3\n');
  const chunk = await readChunk(directory, { segment, offset: 2 }, 6, { ...limits, maxRecords: 1 });
  expect(textsOf(chunk)).toEqual(['2']);
  expect(chunk.next.offset).toBe(4);
});

test('reads a line that is larger than the byte limit', async () => {
  const long = 'x'.repeat(1_000);
  const directory = writeSegment(`${long}\n2\n`);
  const chunk = await readChunk(directory, { segment, offset: 0 }, 1_003, limits);
  expect(textsOf(chunk)[0]).toBe(long);
});

test('reads nothing beyond what is durable', async () => {
  const directory = writeSegment('first\n');
  appendFileSync(join(directory, segment), 'second\n');
  const chunk = await readChunk(directory, { segment, offset: 0 }, 6, limits);
  expect(textsOf(chunk)).toEqual(['first']);
  expect(await readChunk(directory, chunk.next, 6, limits)).toMatchObject({ lines: [], next: chunk.next });
});

test('takes a line without its end for none', async () => {
  const directory = writeSegment('first\ntorn and longer than the limit of bytes');
  const chunk = await readChunk(directory, { segment, offset: 6 }, 45, limits);
  expect(chunk.lines).toEqual([]);
});
