import { existsSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { lockName } from '../../src/journal/directory-lease.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { DrainPosition, readDrainedNote, writeDrainedNote } from '../../src/spool/drain-position.ts';
import { DrainedSegments } from '../../src/spool/drained-segments.ts';
import { captureLog } from '../support/captured-log.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { noteIn, segmentsIn } from '../support/test-spool.ts';

const [one, two, three] = ['0000000001.jsonl', '0000000002.jsonl', '0000000003.jsonl'] as const;

function createPosition() {
  const directory = temporaryDirectory();
  for (const name of [one, two, three]) {
    writeFileSync(join(directory, name), '');
  }
  const kept = new Set<string>();
  const position = new DrainPosition(
    { segments: [{ name: one, size: 100, records: 9 }], offset: 10 },
    {
      directory,
      logger: createLogger('silent'),
      retryIntervalMs: 20,
      isKept: (name) => kept.has(name),
      check: async () => void (await stat(directory)),
    },
  );
  return { directory, position, kept };
}

test('follows the writer within a segment and to new ones', () => {
  const { position } = createPosition();
  position.follow({ segment: one, offset: 150 }, 5);
  expect([position.bytes, position.remainingBytes, position.segmentSize]).toEqual([150, 140, 150]);
  expect([position.records, position.isLastSegment]).toEqual([14, true]);
  position.follow({ segment: two, offset: 50 }, 2);
  expect([position.bytes, position.remainingBytes, position.segmentSize]).toEqual([200, 190, 150]);
  expect([position.records, position.isLastSegment]).toEqual([16, false]);
});

test('counts no lines of a write that failed', () => {
  const { position } = createPosition();
  position.follow({ segment: one, offset: 100 }, 5);
  position.follow({ segment: two, offset: 0 }, 5);
  expect(position.records).toBe(9);
});

test('notes how far a segment is drained, and removes those that are', async () => {
  const { directory, position } = createPosition();
  position.follow({ segment: two, offset: 50 }, 2);
  position.follow({ segment: three, offset: 50 }, 2);
  await position.advance(100, 9);
  await position.advance(50, 2);
  await position.advance(20, 1);
  expect(noteIn(directory)).toEqual({ segment: three, offset: 20 });
  expect(segmentsIn(directory)).toEqual([three]);
  expect([position.bytes, position.remainingBytes, position.records]).toEqual([50, 30, 1]);
});

test('keeps a segment that has a line of which there is no other copy, and notes nothing behind it', async () => {
  const { directory, position, kept } = createPosition();
  kept.add(one);
  position.follow({ segment: two, offset: 50 }, 2);
  await position.advance(20, 1);
  expect(() => noteIn(directory)).toThrow('ENOENT');
  await position.advance(100, 8);
  expect(segmentsIn(directory)).toEqual([one, two, three]);
  expect([position.current, position.bytes, position.remainingBytes]).toEqual([
    { segment: two, offset: 0 },
    150,
    50,
  ]);
  kept.clear();
  await position.drained.remove();
  expect([segmentsIn(directory), position.bytes]).toEqual([[two, three], 50]);
});

test('goes on when a drained segment cannot be removed, and removes it later', async () => {
  const { directory, position } = createPosition();
  // Nobody can remove a directory as a file.
  writeFileSync(join(directory, 'x'), '');
  const stubborn = '0000000000.jsonl';
  mkdirSync(join(directory, stubborn));
  const other = new DrainPosition(
    {
      segments: [
        { name: stubborn, size: 5, records: 1 },
        { name: two, size: 5, records: 1 },
      ],
      offset: 0,
    },
    {
      directory,
      logger: createLogger('silent'),
      retryIntervalMs: 20,
      isKept: () => false,
      check: async () => {},
    },
  );
  await other.advance(5, 1);
  expect([other.current?.segment, other.bytes]).toEqual([two, 10]);
  rmdirSync(join(directory, stubborn));
  await expect.poll(() => other.bytes).toBe(5);
  expect(position.records).toBe(9);
});

test('removes a drained segment later when the directory was away', async () => {
  const { directory, position } = createPosition();
  position.follow({ segment: two, offset: 5 }, 1);
  renameSync(directory, `${directory}-away`);
  await position.advance(100, 9);
  expect([position.current?.segment, position.bytes]).toEqual([two, 105]);
  renameSync(`${directory}-away`, directory);
  await expect.poll(() => [segmentsIn(directory), position.bytes]).toEqual([[two, three], 5]);
});

test('logs once that segments cannot be removed, and ends trying when it is stopped', async () => {
  const log = captureLog();
  let checks = 0;
  const drained = new DrainedSegments({
    directory: temporaryDirectory(),
    logger: log.logger,
    retryIntervalMs: 5,
    isKept: () => false,
    check: async () => {
      checks += 1;
      throw new Error('the directory is away');
    },
  });
  await drained.add({ name: one, size: 5, records: 0 });
  await expect.poll(() => checks).toBeGreaterThan(3);
  await drained.stop();
  const checked = checks;
  await delay(30);
  expect([checks, drained.bytes, log.lines.length]).toEqual([checked, 5, 1]);
});

describe('the head of a spool', () => {
  function createHead(check: () => void) {
    const directory = join(temporaryDirectory(), 'spool');
    mkdirSync(directory);
    writeFileSync(join(directory, lockName), '');
    const { logger, text } = captureLog();
    const position = new DrainPosition(
      { segments: [{ name: one, size: 6, records: 1 }], offset: 0 },
      { directory, logger, retryIntervalMs: 20, isKept: () => false, check: async () => check() },
    );
    const limits = { maxRecords: 10, maxBytes: 1_000 };
    return { directory, position, text, read: () => position.read(limits, () => position.dropSegment()) };
  }

  test('drops a segment that somebody has removed', async () => {
    const { read, position, text } = createHead(() => {});
    expect((await read()).lines).toEqual([]);
    expect([position.current, text()]).toEqual([undefined, expect.stringContaining('is gone')]);
  });

  test('keeps a segment whose directory was away when it was opened, and is back when that is looked at', async () => {
    const { directory, read, position, text } = createHead(() => renameSync(`${directory}-away`, directory));
    writeFileSync(join(directory, one), '"one"\n');
    renameSync(directory, `${directory}-away`);
    await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
    expect([position.current?.segment, text()]).toEqual([one, '']);
    expect((await read()).lines.map(({ text: line }) => line)).toEqual(['"one"']);
  });

  test('keeps a segment while another directory stands where its own is mounted', async () => {
    const { directory, read, position } = createHead(() => {});
    renameSync(directory, `${directory}-away`);
    mkdirSync(directory);
    await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(position.current?.segment).toBe(one);
  });
});

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
