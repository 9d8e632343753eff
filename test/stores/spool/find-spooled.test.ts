import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { Backlog } from '../../../src/stores/spool/backlog.ts';
import { toDrainedNote, writeDrainedNote } from '../../../src/stores/spool/drained-note.ts';
import { findSpooled, inspectSpool } from '../../../src/stores/spool/find-spooled.ts';
import { shareOf } from '../../../src/stores/spool/share.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, drainWaiting, openTestSpool, spoolRecords } from '../../support/test-spool.ts';

const [one, two, three] = ['0000000001.jsonl', '0000000002-0a1b2c3d.jsonl', '0000000003.jsonl'] as const;

function fill(segments: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(segments)) {
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

test('finds all that is there without a note', async () => {
  const directory = fill({ [one]: '1\n2\n', [two]: '3\n' });
  const { segments, backlog } = await findSpooled(directory);
  expect(segments).toEqual([
    { name: one, size: 4, records: 2 },
    { name: two, size: 2, records: 1 },
  ]);
  expect(backlog.rest?.position).toEqual({ segment: one, offset: 0 });
});

test('finds nothing in a directory without segments', async () => {
  const { segments, backlog } = await findSpooled(temporaryDirectory());
  expect([segments, backlog.isEmpty]).toEqual([[], true]);
});

test('begins at the note', async () => {
  const directory = fill({ [two]: '2\n3\n', [three]: '4\n' });
  writeFileSync(
    join(directory, 'drained.json'),
    JSON.stringify({ rest: { segment: two, offset: 2 }, leftBehind: [] }),
  );
  expect((await findSpooled(directory)).segments).toMatchObject([{ records: 1 }, { records: 1 }]);
});

test('counts of what was passed only what was left behind', async () => {
  const lines = ['a', 'b', 'a', 'b'].map((key, index) => toJournalLine(createEventRecord(key, index + 1)));
  const directory = fill({ [two]: lines.join(''), [three]: lines.join('') });
  const size = Buffer.byteLength(lines.join(''));
  const backlog = new Backlog();
  backlog.add(undefined, { segment: two, offset: size });
  backlog.add(shareOf(createEventRecord('a', 1), 12), {
    segment: two,
    offset: Buffer.byteLength(lines[0] ?? ''),
  });
  const end = { segment: three, offset: size };
  await writeDrainedNote(directory, toDrainedNote(backlog, end));
  const { segments, oldest } = await findSpooled(directory);
  expect(segments.map(({ records }) => records)).toEqual([1, 4]);
  expect(oldest).toBe(new Date(180_000).toISOString());
});

describe('inspectSpool', () => {
  test('tells what a spool holds while a receiver uses it', async () => {
    const directory = temporaryDirectory();
    const spool = await openTestSpool(directory);
    await spoolRecords(
      spool,
      [1, 2, 3].map((revision) => createEventRecord('a', revision)),
    );
    await drainWaiting(spool, { maxRecords: 1, maxBytes: 10_000 });
    await spool.setAside.add('segment', ['a line']);
    expect(await inspectSpool(directory)).toEqual({
      records: 2,
      bytes: spool.bytes,
      oldest: new Date(120_000).toISOString(),
      leftBehind: ['events'],
      setAsideRecords: 1,
    });
  });

  test('finds nothing where there is no spool yet, and makes none', async () => {
    const directory = join(temporaryDirectory(), 'none');
    expect(await inspectSpool(directory)).toEqual({
      records: 0,
      bytes: 0,
      oldest: undefined,
      leftBehind: [],
      setAsideRecords: 0,
    });
    expect(existsSync(directory)).toBe(false);
  });
});
