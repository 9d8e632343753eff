import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSegmentWriter, type SegmentWriterOptions } from '../../../src/stores/journal/segment-writer.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

async function openWriter(options: SegmentWriterOptions) {
  const writer = await openSegmentWriter(options);
  onTestFinished(() => writer.close().catch(() => {}));
  return writer;
}

/**
 * Reads the segments in order. Returns the number in each file name, without the part that identifies the start of the
 * process, and the contents.
 */
const readSegments = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted()
    .map((name) => [Number.parseInt(name, 10), readFileSync(join(directory, name), 'utf8')]);

test.each([4, 6])(
  'makes no file before the first append, and begins a new segment when one is full: %i bytes',
  async (maxSegmentBytes) => {
    const directory = temporaryDirectory();
    const writer = await openWriter({ directory, maxSegmentBytes });
    expect(readSegments(directory)).toEqual([]);
    await writer.append(Buffer.from('12\n'));
    await writer.append(Buffer.from('34\n'));
    await writer.append(Buffer.from('56\n'));
    expect(readSegments(directory)).toEqual([
      [1, '12\n34\n'],
      [2, '56\n'],
    ]);
  },
);

test('a segment takes megabytes, unless another size is requested', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory });
  for (let append = 0; append < 3; append += 1) {
    await writer.append(Buffer.alloc(1024 * 1024));
  }
  expect(readSegments(directory)).toHaveLength(1);
});

test('cuts off a torn last line of an earlier start, and writes behind it in a segment of its own', async () => {
  const directory = temporaryDirectory();
  const old = '0000000007-00000000.jsonl';
  writeFileSync(join(directory, '0000000006-00000000.jsonl'), '10\n');
  writeFileSync(join(directory, old), '12\n3');
  const torn: unknown[] = [];
  const writer = await openWriter({ directory, onTornLine: (each) => torn.push(each) });
  await writer.append(Buffer.from('34\n'));
  expect(torn).toEqual([{ segment: old, bytes: 1 }]);
  expect(readSegments(directory)).toEqual([
    [6, '10\n'],
    [7, '12\n'],
    [8, '34\n'],
  ]);
});

test('opens although a segment cannot be read, and does not use its number again, also when it is removed', async () => {
  const directory = temporaryDirectory();
  const old = join(directory, '0000000017-00000000.jsonl');
  mkdirSync(old);
  const onTornLine = vi.fn();
  const writer = await openWriter({ directory, onTornLine });
  expect(onTornLine).not.toHaveBeenCalled();
  rmSync(old, { recursive: true });
  await writer.append(Buffer.from('34\n'));
  expect(writer.end?.segment).toMatch(/^0000000018-/);
});

test('is not open when another process takes the directory over meanwhile', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, '0000000007-00000000.jsonl'), 'torn');
  const opening = openWriter({ directory, onTornLine: () => rmSync(join(directory, 'lock')) });
  await expect(opening).rejects.toMatchObject({ code: 'sink_unavailable' });
  expect(openFilesIn(directory)).toEqual([]);
});

test('says where its end is, and begins a new segment when asked to', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory });
  expect(writer.end).toBeUndefined();
  await writer.append(Buffer.from('12\n'));
  expect(writer.end).toMatchObject({ segment: expect.stringMatching(/^0000000001-/), offset: 3 });
  await writer.finishSegment();
  expect(writer.end).toBeUndefined();
  await writer.append(Buffer.from('34\n'));
  expect(writer.end).toMatchObject({ segment: expect.stringMatching(/^0000000002-/), offset: 3 });
  expect(readSegments(directory)).toEqual([
    [1, '12\n'],
    [2, '34\n'],
  ]);
});

test('goes on with a new segment after one could not be made', async () => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory, maxSegmentBytes: 1 });
  await writer.append(Buffer.from('12\n'));
  renameSync(directory, `${directory}-away`);
  await expect(writer.append(Buffer.from('34\n'))).rejects.toThrow('ENOENT');
  expect(writer.end).toMatchObject({ segment: expect.stringMatching(/^0000000001-/), offset: 3 });
  renameSync(`${directory}-away`, directory);
  await writer.append(Buffer.from('56\n'));
  expect(readSegments(directory)).toEqual([
    [1, '12\n'],
    [2, '56\n'],
  ]);
});

test.each([
  ['moved away', false],
  ['replaced', true],
])('fails an append to a segment that was %s, and begins a new one', async (_, isReplaced) => {
  const directory = temporaryDirectory();
  const writer = await openWriter({ directory });
  await writer.append(Buffer.from('12\n'));
  const file = join(directory, writer.end?.segment ?? '');
  renameSync(file, `${file}.away`);
  if (isReplaced) {
    writeFileSync(file, 'another\n');
  }
  await expect(writer.append(Buffer.from('34\n'))).rejects.toThrow('was removed or replaced');
  await writer.append(Buffer.from('56\n'));
  await writer.append(Buffer.from('78\n'));
  expect(readSegments(directory).at(-1)).toEqual([2, '56\n78\n']);
});

test('fails each append from the one on during which another process took the directory over', async () => {
  const directory = temporaryDirectory();
  const first = await openWriter({ directory });
  await first.append(Buffer.from('12\n'));
  // Simulates a process that was suspended for so long that another process acquired the lease.
  rmSync(join(directory, 'lock'));
  const second = await openWriter({ directory });
  await expect(first.append(Buffer.from('34\n'))).rejects.toMatchObject({ code: 'sink_unavailable' });
  await first.lost;
  await second.append(Buffer.from('56\n'));
  await expect(first.append(Buffer.from('78\n'))).rejects.toMatchObject({ code: 'sink_unavailable' });
  await first.close();
  await second.append(Buffer.from('90\n'));
  // The directory contains only the lock and the segment of the second process.
  expect(openFilesIn(directory)).toHaveLength(2);
  expect(readSegments(directory).at(-1)).toEqual([2, '56\n90\n']);
});

test('writes nothing into a segment that it begins when another process has taken the directory over', async () => {
  const directory = temporaryDirectory();
  const first = await openWriter({ directory });
  rmSync(join(directory, 'lock'));
  const second = await openWriter({ directory });
  await expect(first.append(Buffer.from('1\n'))).rejects.toMatchObject({ code: 'sink_unavailable' });
  await second.append(Buffer.from('2\n'));
  // The first process's segment must come first. Otherwise, a reader of that segment would never read the second
  // process's segment.
  expect(readSegments(directory)).toEqual([
    [1, ''],
    [2, '2\n'],
  ]);
  await first.close();
  expect(openFilesIn(directory)).toHaveLength(2);
});
