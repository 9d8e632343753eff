import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Backlog } from '../../../src/stores/spool/backlog.ts';
import { readBacklog, toDrainedNote, writeDrainedNote } from '../../../src/stores/spool/drained-note.ts';
import { shareOf } from '../../../src/stores/spool/share.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const [one, two, three] = [
  '0000000001-0a1b2c3d.jsonl',
  '0000000002-0a1b2c3d.jsonl',
  '0000000003-0a1b2c3d.jsonl',
] as const;
const at = (segment: string, offset: number) => ({ segment, offset });
const names = [one, two, three];
const end = at(three, 4);
const share = shareOf({ topic: 'events', key: 'a' }, 12);

function fill(): string {
  const directory = temporaryDirectory();
  for (const name of names) {
    writeFileSync(join(directory, name), '1\n2\n');
  }
  return directory;
}

const positions = (backlog: Backlog) => [...backlog].map(({ share: of, position }) => [of, position]);

test('gives back the position of each share', async () => {
  const directory = fill();
  const backlog = new Backlog();
  backlog.add(undefined, at(three, 2));
  backlog.add(share, at(one, 2));
  await writeDrainedNote(directory, toDrainedNote(backlog, end));
  expect(positions(await readBacklog(directory, names, end))).toEqual([
    [share, at(one, 2)],
    [undefined, at(three, 2)],
  ]);
});

test('no other user of the machine may read the note', async () => {
  const directory = fill();
  await writeDrainedNote(directory, toDrainedNote(new Backlog(), end));
  expect(statSync(join(directory, 'drained.json')).mode & 0o007).toBe(0);
});

test('leaves out what is drained to the end', async () => {
  const directory = fill();
  const backlog = new Backlog();
  backlog.add(share, at(two, 0));
  await writeDrainedNote(directory, toDrainedNote(backlog, end));
  expect(positions(await readBacklog(directory, names, end))).toEqual([[share, at(two, 0)]]);
});

test.each([
  ['of a segment that is not there', '0000000009-0a1b2c3d.jsonl', 2],
  ['into a line', two, 3],
  ['behind the end', two, 99],
])('drains again what it may have drained, when a position points %s', async (_where, segment, offset) => {
  const directory = fill();
  const backlog = new Backlog();
  backlog.add(undefined, at(segment, offset));
  backlog.add(share, at(segment, offset));
  await writeDrainedNote(directory, toDrainedNote(backlog, end));
  expect(positions(await readBacklog(directory, names, end))).toEqual([
    [share, at(one, 0)],
    [undefined, at(one, 0)],
  ]);
});

test('leaves the old note when the new one cannot be written', async () => {
  const directory = fill();
  const backlog = new Backlog();
  backlog.add(undefined, at(two, 2));
  await writeDrainedNote(directory, toDrainedNote(backlog, end));
  const part = join(directory, 'drained.json.part');
  writeFileSync(part, '{"segment":');
  expect(positions(await readBacklog(directory, names, end))).toEqual([[undefined, at(two, 2)]]);
  await writeDrainedNote(directory, toDrainedNote(new Backlog(), end));
  expect(existsSync(part)).toBe(false);
});

test.each([
  '',
  '{',
  '{}',
  '{"rest":{"segment":"../../etc/passwd","offset":0},"leftBehind":[]}',
  '{"rest":{"segment":"0000000001-0a1b2c3d.jsonl","offset":-1},"leftBehind":[]}',
])('takes %j for no note', async (text) => {
  const directory = fill();
  writeFileSync(join(directory, 'drained.json'), text);
  expect(positions(await readBacklog(directory, names, end))).toEqual([[undefined, at(one, 0)]]);
});
