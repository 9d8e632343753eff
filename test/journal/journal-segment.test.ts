import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { healSegment, listSegments, openSegment, toSegmentName } from '../../src/journal/journal-segment.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('a segment goes on after what it holds', async () => {
  const directory = temporaryDirectory();
  const name = toSegmentName(7);
  expect(name).toBe('0000000007.jsonl');
  writeFileSync(join(directory, name), '1\n');
  const segment = await openSegment(directory, name);
  await segment.append(Buffer.from('2\n'));
  expect(segment.size).toBe(4);
  await segment.close();
  expect(readFileSync(join(directory, name), 'utf8')).toBe('1\n2\n');
});

test('lists segments alone, oldest first', async () => {
  const directory = temporaryDirectory();
  for (const name of ['0000000010.jsonl', '0000000002.jsonl', 'lock', '1.jsonl', '0000000003.jsonl.bak']) {
    writeFileSync(join(directory, name), '');
  }
  expect(await listSegments(directory)).toEqual(['0000000002.jsonl', '0000000010.jsonl']);
});

test.each([
  ['', '', 0],
  ['1\n2\n', '1\n2\n', 0],
  ['1\n2', '1\n', 1],
  ['1', '', 1],
])('heals %j', async (text, healed, cut) => {
  const file = join(temporaryDirectory(), 'segment');
  writeFileSync(file, text);
  expect(await healSegment(file)).toBe(cut);
  expect(readFileSync(file, 'utf8')).toBe(healed);
});

test('heals a torn line that is longer than a block', async () => {
  const file = join(temporaryDirectory(), 'segment');
  writeFileSync(file, 'whole\n');
  appendFileSync(file, 'x'.repeat(200_000));
  expect(await healSegment(file)).toBe(200_000);
  expect(readFileSync(file, 'utf8')).toBe('whole\n');
});
