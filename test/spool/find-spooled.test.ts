import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeDrainedNote } from '../../src/spool/drain-position.ts';
import { findSpooled, inspectSpool } from '../../src/spool/find-spooled.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, openTestSpool } from '../support/test-spool.ts';

const [one, two, three] = ['0000000001.jsonl', '0000000002-0a1b2c3d.jsonl', '0000000003.jsonl'] as const;

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
      { name: one, size: 4, records: 2 },
      { name: two, size: 2, records: 1 },
    ],
    offset: 0,
    oldest: undefined,
  });
});

test('finds nothing in a directory without segments', async () => {
  expect(await findSpooled(temporaryDirectory())).toEqual({ segments: [], offset: 0, oldest: undefined });
});

test('begins at the note', async () => {
  const directory = fill({ [two]: '2\n3\n', [three]: '4\n' });
  await writeDrainedNote(directory, { segment: two, offset: 2 });
  expect(await findSpooled(directory)).toMatchObject({
    segments: [{ records: 1 }, { records: 1 }],
    offset: 2,
  });
});

test.each([
  ['of a later segment', three, 2],
  ['of a segment that is not there', '0000000009.jsonl', 2],
  ['into a line', two, 3],
  ['behind the end', two, 99],
])('drains again what it may have drained, when the note points %s', async (_where, segment, offset) => {
  const directory = fill({ [two]: '1\n23\n', [three]: '4\n' });
  await writeDrainedNote(directory, { segment, offset });
  expect(await findSpooled(directory)).toMatchObject({
    segments: [{ records: 2 }, { records: 1 }],
    offset: 0,
  });
});

describe('inspectSpool', () => {
  test('tells what a spool holds while a receiver uses it', async () => {
    const directory = temporaryDirectory();
    const spool = await openTestSpool(directory);
    await spool.append(
      [1, 2, 3].map((revision) => createEventRecord('a', revision)),
      5_000,
    );
    await spool.drained(await spool.read({ maxRecords: 1, maxBytes: 10_000 }));
    await spool.setAside.add('segment', ['a line']);
    expect(await inspectSpool(directory)).toEqual({
      records: 2,
      bytes: spool.bytes,
      oldest: new Date(120_000).toISOString(),
      setAsideRecords: 1,
    });
  });

  test('finds nothing where there is no spool yet, and makes none', async () => {
    const directory = join(temporaryDirectory(), 'none');
    expect(await inspectSpool(directory)).toEqual({
      records: 0,
      bytes: 0,
      oldest: undefined,
      setAsideRecords: 0,
    });
    expect(existsSync(directory)).toBe(false);
  });
});
