import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createSegment,
  listSegments,
  readUntilFull,
  toSegmentName,
  truncateTornLine,
} from '../../../src/stores/journal/journal-segment.ts';
import { Machine } from '../../simulation/disk/machine.ts';
import { startWorld } from '../../simulation/world/world.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

test('a segment is a file of its own, and never one that is there', async () => {
  const directory = temporaryDirectory();
  const name = toSegmentName(7, '0a1b2c3d');
  expect(name).toBe('0000000007-0a1b2c3d.jsonl');
  const segment = await createSegment(directory, name);
  await segment.append(Buffer.from('1\n'));
  await segment.append(Buffer.from('2\n'));
  expect(segment.size).toBe(4);
  await segment.close();
  await expect(createSegment(directory, name)).rejects.toThrow('EEXIST');
  expect(readFileSync(join(directory, name), 'utf8')).toBe('1\n2\n');
});

test('no other user of the machine may read a segment', async () => {
  const directory = temporaryDirectory();
  const name = toSegmentName(7, '0a1b2c3d');
  await (await createSegment(directory, name)).close();
  expect(statSync(join(directory, name)).mode & 0o607).toBe(0o600);
});

test('what could not be synced is cut off again, and a segment whose name may be lost in a crash is not open', async () => {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { process: writer, mount } = machine.start('first');
  const [name, other] = [toSegmentName(7, '0a1b2c3d'), toSegmentName(8, '0a1b2c3d')];
  const read = () => readFile(join(mount.point, name), 'utf8');
  const written = writer.run(async () => {
    const segment = await createSegment(mount.point, name);
    await segment.append(Buffer.from('1\n'));
    machine.disk.troubles.failing.sync = 1;
    await expect(segment.append(Buffer.from('longer\n'))).rejects.toMatchObject({ code: 'EIO' });
    await expect(createSegment(mount.point, other)).rejects.toMatchObject({ code: 'EIO' });
    const left = await read();
    machine.disk.troubles.failing.sync = 0;
    await segment.append(Buffer.from('2\n'));
    await segment.close();
    return [left, await read()];
  });
  await world.runFor(10_000);
  expect(await written).toEqual(['1\n', '1\n2\n']);
  expect([...writer.openFiles.values()]).toEqual([]);
});

test('lists segments alone, oldest first', async () => {
  const directory = temporaryDirectory();
  const segments = ['0000000002-00000000.jsonl', '0000000010-00000000.jsonl', '0000000011-00000000.jsonl'];
  for (const name of [
    ...segments,
    'lock',
    '1.jsonl',
    '0000000003-00000000.jsonl.bak',
    '0000000004.jsonl',
    '0000000005-.jsonl',
  ]) {
    writeFileSync(join(directory, name), '');
  }
  expect(await listSegments(directory)).toEqual(segments);
});

test.each([
  ['', '', 0],
  ['1\n2\n', '1\n2\n', 0],
  ['1\n2', '1\n', 1],
  ['1', '', 1],
])('heals %j', async (text, healed, cut) => {
  const file = join(temporaryDirectory(), 'segment');
  writeFileSync(file, text);
  expect(await truncateTornLine(file)).toBe(cut);
  expect(openFilesIn(file)).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe(healed);
});

test('heals a torn line that is longer than a block', async () => {
  const file = join(temporaryDirectory(), 'segment');
  writeFileSync(file, 'whole\n');
  appendFileSync(file, 'x'.repeat(200_000));
  expect(await truncateTornLine(file)).toBe(200_000);
  expect(readFileSync(file, 'utf8')).toBe('whole\n');
});

describe('readFully', () => {
  /** A real file whose reads return at most three bytes. */
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
    const bytes = await readUntilFull(handle as never, Buffer.alloc(7), 2);
    expect(bytes.toString()).toBe('2345678');
  });

  test('ends with the file', async () => {
    await using handle = await openSparing('0123456789');
    expect((await readUntilFull(handle as never, Buffer.alloc(99), 6)).toString()).toBe('6789');
    expect(await readUntilFull(handle as never, Buffer.alloc(9), 10)).toHaveLength(0);
  });
});

test('segments are listed oldest first, in whatever order the disk gives them', async () => {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { process, mount } = machine.start('lister');
  const names = Array.from({ length: 12 }, (_, index) => toSegmentName(index + 1, '0123abcd'));
  const listed = process.run(async () => {
    for (const name of names) {
      await writeFile(join(mount.point, name), '');
    }
    return [await readdir(mount.point), await listSegments(mount.point)] as const;
  });
  await world.runFor(10_000);
  const [asGiven = [], inOrder] = (await listed) ?? [];
  expect(asGiven.toSorted()).toEqual(names);
  expect(asGiven).not.toEqual(names);
  expect(inOrder).toEqual(names);
});
