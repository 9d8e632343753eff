import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeDrainedNote } from '../../src/spool/drained-note.ts';
import { findSpooled, takeOverSpooled } from '../../src/spool/find-spooled.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { segmentsIn } from '../support/test-spool.ts';

const [one, two, three] = ['0000000001.jsonl', '0000000002.jsonl', '0000000003.jsonl'] as const;

function fill(segments: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(segments)) {
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

test('begins at the first segment without a note', async () => {
  const directory = fill({ [one]: '1\n2\n', [two]: '3\n' });
  expect(await findSpooled(directory)).toEqual({
    segments: [
      { name: one, size: 4 },
      { name: two, size: 2 },
    ],
    position: { segment: one, offset: 0 },
    records: 3,
    oldest: undefined,
    drained: [],
    isNoteStale: false,
  });
});

test('finds nothing in a directory without segments, which no spool has opened', async () => {
  expect(await findSpooled(temporaryDirectory())).toBeUndefined();
  await expect(takeOverSpooled(temporaryDirectory())).rejects.toThrow('has no segment');
});

test('begins at the note; whoever takes the spool over removes the segments before it', async () => {
  const directory = fill({ [one]: '1\n', [two]: '2\n3\n', [three]: '4\n' });
  await writeDrainedNote(directory, { segment: two, offset: 2 });
  const found = { position: { segment: two, offset: 2 }, records: 2 };
  expect(await findSpooled(directory)).toMatchObject(found);
  expect(segmentsIn(directory)).toEqual([one, two, three]);
  expect(await takeOverSpooled(directory)).toMatchObject(found);
  expect(segmentsIn(directory)).toEqual([two, three]);
});

test.each([
  ['within a line', 3],
  ['behind the end', 99],
])('reads a segment again when the note points %s', async (_where, offset) => {
  const directory = fill({ [one]: '1\n23\n' });
  await writeDrainedNote(directory, { segment: one, offset });
  expect(await findSpooled(directory)).toMatchObject({ position: { segment: one, offset: 0 }, records: 2 });
});

test.each([
  ['older', one],
  ['newer', three],
])(
  'drops a note of an %s segment that is not there: a later segment may get its number',
  async (_age, segment) => {
    const directory = fill({ [two]: '1\n2\n' });
    await writeDrainedNote(directory, { segment, offset: 2 });
    expect(await takeOverSpooled(directory)).toMatchObject({
      position: { segment: two, offset: 0 },
      records: 2,
    });
    expect(existsSync(join(directory, 'drained.json'))).toBe(false);
  },
);
