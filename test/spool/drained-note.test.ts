import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDrainedNote, writeDrainedNote } from '../../src/spool/drained-note.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const position = { segment: '0000000007-0a1b2c3d.jsonl', offset: 123 };

test('gives back the last position', async () => {
  const directory = temporaryDirectory();
  expect(await readDrainedNote(directory)).toBeUndefined();
  await writeDrainedNote(directory, { ...position, offset: 1 });
  await writeDrainedNote(directory, position);
  expect(await readDrainedNote(directory)).toEqual(position);
});

test('leaves the old note when the new one cannot be written', async () => {
  const directory = temporaryDirectory();
  await writeDrainedNote(directory, position);
  const part = join(directory, 'drained.json.part');
  writeFileSync(part, '{"segment":');
  expect(await readDrainedNote(directory)).toEqual(position);
  await writeDrainedNote(directory, { ...position, offset: 124 });
  expect(existsSync(part)).toBe(false);
});

test.each([
  '',
  '{',
  '{"segment":"../../etc/passwd","offset":0}',
  '{"segment":"0000000001.jsonl","offset":-1}',
])('takes %j for no note', async (text) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'drained.json'), text);
  expect(await readDrainedNote(directory)).toBeUndefined();
});
