import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSegment } from '../../../src/stores/journal/read-segment.ts';
import type { Spool, UndrainedSegmentRange } from '../../../src/stores/spool/spool.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, openTestSpool, segmentsIn, toIds } from '../../support/test-spool.ts';

const append = (spool: Spool, ...revisions: number[]) =>
  spool.append(
    revisions.map((revision) => createEventRecord('a', revision)),
    5_000,
  );

async function readRest(
  { directory }: Spool,
  { name, start, end }: UndrainedSegmentRange,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const { entries } of readSegment(directory, name, { start, end })) {
    ids.push(...toIds(entries.map(({ record }) => record)));
  }
  return ids;
}

/** Drains all records, as if the store had accepted them. */
async function drain(spool: Spool, segments = Number.POSITIVE_INFINITY): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < segments; count += 1) {
    const rest = await spool.takeOldest();
    if (rest === undefined) {
      break;
    }
    ids.push(...(await readRest(spool, rest)));
    await spool.remove(rest.name, false);
  }
  return ids;
}

test('gives records back from the oldest segment on, and removes what is drained', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 200 });
  await Promise.all([append(spool, 1, 2), append(spool, 3), append(spool, 4, 5)]);
  await append(spool, 6);
  const before = segmentsIn(directory).length;
  expect(before).toBeGreaterThan(1);
  expect((await drain(spool, 1)).slice(0, 2)).toEqual(['a-1', 'a-2']);
  expect(segmentsIn(directory)).toHaveLength(before - 1);
  await drain(spool);
  expect([segmentsIn(directory), spool.bytes, spool.oldestReceivedAt]).toEqual([[], 0, undefined]);
  expect(await spool.takeOldest()).toBeUndefined();
});

test('writes behind what is drained, and says when the oldest record was received, also of those that were written again', async () => {
  const spool = await openTestSpool(temporaryDirectory());
  await append(spool, 5, 7);
  expect(spool.oldestReceivedAt).toBe('1970-01-01T00:05:00.000Z');
  const rest = (await spool.takeOldest()) as UndrainedSegmentRange;
  await append(spool, 9);
  await spool.requeue([createEventRecord('a', 7)], 5_000);
  const sizes = segmentsIn(spool.directory).map((name) => statSync(join(spool.directory, name)).size);
  expect([sizes.length, spool.bytes]).toEqual([2, (sizes[0] ?? 0) + (sizes[1] ?? 0)]);
  expect(await readRest(spool, rest)).toEqual(['a-5', 'a-7']);
  await spool.remove(rest.name, false);
  expect(spool.oldestReceivedAt).toBe('1970-01-01T00:07:00.000Z');
  expect(await drain(spool)).toEqual(['a-9', 'a-7']);
});

test('goes on behind the noted place after a restart, and reads a torn last line as none', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  await append(first, 1, 2, 3);
  const { name } = (await first.takeOldest()) as UndrainedSegmentRange;
  const [, second] = readFileSync(join(directory, name), 'utf8').split('\n');
  const offset = readFileSync(join(directory, name), 'utf8').indexOf(second ?? '');
  await first.saveProgress(name, offset);
  await first.close();
  appendFileSync(join(directory, name), '{"topic":"ev');

  const next = await openTestSpool(directory);
  expect(next.oldestReceivedAt).toBe('1970-01-01T00:01:00.000Z');
  expect(await drain(next)).toEqual(['a-2', 'a-3']);
});

test.each([
  ['none', ''],
  ['no JSON', '{"segm'],
  ['of the middle of a line', '{"segment":"NAME","offset":7}'],
  ['of a place behind the end', '{"segment":"NAME","offset":70000}'],
  ['of another segment', '{"segment":"0000000009-00000000.jsonl","offset":7}'],
  ['with other members', '{"rest":{"segment":"NAME","offset":0},"leftBehind":[]}'],
])('gives all records again when the note is %s', async (_, note) => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  const written = append(first, 1, 2);
  await first.close();
  await written;
  writeFileSync(join(directory, 'drained.json'), note.replace('NAME', segmentsIn(directory)[0] ?? ''));
  const next = await openTestSpool(directory);
  expect(await drain(next)).toEqual(['a-1', 'a-2']);
  await next.close();
  expect(openFilesIn(directory)).toEqual([]);
});

test('a disk that has no room for the note keeps nothing from being drained', async () => {
  const directory = temporaryDirectory();
  symlinkSync('/dev/full', join(directory, 'drained.json'));
  const spool = await openTestSpool(directory);
  await append(spool, 1, 2);
  const { name, end } = (await spool.takeOldest()) as UndrainedSegmentRange;
  await spool.saveProgress(name, end);
  expect(await spool.takeOldest()).toEqual({ name, start: end, end });
});

test('is full when it has exactly what deliveries may take, but takes what is written again', async () => {
  const line = async (padding: number) => {
    const spool = await openTestSpool(temporaryDirectory());
    await spool.append([createEventRecord('a', 1, padding)], 5_000);
    return spool.bytes;
  };
  // 1/32 of the spool is reserved. The remaining 31/32 have exactly the size of one line.
  const padding = 31 - ((await line(0)) % 31);
  const maxBytes = ((await line(padding)) / 31) * 32;
  const fill = async (limit: number) => {
    const spool = await openTestSpool(temporaryDirectory(), { maxBytes: limit });
    await spool.append([createEventRecord('a', 1, padding)], 5_000);
    return spool;
  };
  expect((await fill(maxBytes + 32)).problem).toBeUndefined();
  const full = await fill(maxBytes);
  expect(full.problem).toContain('the spool is full');
  await full.requeue([createEventRecord('a', 1, 500)], 5_000);
  await expect(append(full, 2)).rejects.toMatchObject({ code: 'sink_full' });
  await drain(full);
  expect(full.problem).toBeUndefined();
  await append(full, 2);
  await expect(fill(maxBytes - 1)).rejects.toMatchObject({ code: 'sink_full' });
});

test('is full once a delivery does not fit, until one fits', async () => {
  const spool = await openTestSpool(temporaryDirectory(), { maxBytes: 4_096 });
  const add = (padding: number) => spool.append([createEventRecord('a', 1, padding)], 5_000);
  await add(0);
  expect(spool.problem).toBeUndefined();
  await expect(add(4_096)).rejects.toMatchObject({ code: 'sink_full' });
  expect(spool.problem).toContain('the spool is full');
  await add(0);
  expect(spool.problem).toBeUndefined();
});

test('does not take a directory that is unavailable for a removed segment, and removes it when that is back', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory);
  await append(spool, 1);
  const { name } = (await spool.takeOldest()) as UndrainedSegmentRange;
  renameSync(directory, `${directory}-away`);
  await expect(spool.remove(name, false)).rejects.toThrow();
  await expect(append(spool, 2)).rejects.toMatchObject({ code: 'sink_unavailable' });
  renameSync(`${directory}-away`, directory);
  expect((await spool.takeOldest())?.name).toBe(name);
  await spool.remove(name, false);
  await expect.poll(() => spool.problem).toBeUndefined();
  await append(spool, 3);
  expect(await drain(spool)).toEqual(['a-3']);
});

test('keeps a damaged segment under another name, and lets go of one that somebody removed', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory);
  await append(spool, 1);
  const damaged = (await spool.takeOldest()) as UndrainedSegmentRange;
  await spool.remove(damaged.name, true);
  expect(readFileSync(join(directory, `${damaged.name}.damaged`), 'utf8')).toContain('a-1');
  await append(spool, 2);
  const gone = (await spool.takeOldest()) as UndrainedSegmentRange;
  rmSync(join(directory, gone.name));
  await spool.remove(gone.name, false);
  expect(await spool.takeOldest()).toBeUndefined();
});

test('a segment that cannot be read comes behind all others', async () => {
  const spool = await openTestSpool(temporaryDirectory(), { maxSegmentBytes: 10 });
  await append(spool, 1);
  await append(spool, 2);
  await append(spool, 3);
  const { name } = (await spool.takeOldest()) as UndrainedSegmentRange;
  spool.moveToEnd(name);
  await append(spool, 4);
  expect(await drain(spool)).toEqual(['a-2', 'a-3', 'a-1', 'a-4']);
});

test('one process has the directory at a time, and removes nothing that is taken over', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  await append(first, 1);
  const { name } = (await first.takeOldest()) as UndrainedSegmentRange;
  await expect(openTestSpool(directory)).rejects.toThrow(`${directory} is in use by process`);
  // Simulates a process that was suspended for a long time.
  rmSync(join(directory, 'lock'));
  const second = await openTestSpool(directory);
  await expect(first.remove(name, false)).rejects.toMatchObject({ code: 'sink_unavailable' });
  expect(await drain(second)).toEqual(['a-1']);
});
