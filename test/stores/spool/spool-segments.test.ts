import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/runtime/logger.ts';
import { lockName } from '../../../src/stores/journal/directory-lease.ts';
import { DrainedSegments, SpoolSegments } from '../../../src/stores/spool/spool-segments.ts';
import { captureLog } from '../../support/captured-log.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { segmentsIn } from '../../support/test-spool.ts';

const [one, two, three] = ['0000000001.jsonl', '0000000002.jsonl', '0000000003.jsonl'] as const;

function createSegments() {
  const directory = temporaryDirectory();
  for (const name of [one, two, three]) {
    writeFileSync(join(directory, name), '');
  }
  const kept = new Set<string>();
  const segments = new SpoolSegments([{ name: one, size: 100, records: 9 }], {
    directory,
    logger: createLogger('silent'),
    retryIntervalMs: 20,
    isKept: (name) => kept.has(name),
    check: async () => void (await stat(directory)),
  });
  return { directory, segments, kept };
}

const at = (segment: string, offset: number) => ({ segment, offset });

test('follows the writer within a segment and to new ones', () => {
  const { segments } = createSegments();
  segments.follow(at(one, 150), 5);
  expect([segments.bytes, segments.bytesFrom(at(one, 10)), segments.end]).toEqual([150, 140, at(one, 150)]);
  segments.follow(at(two, 50), 2);
  expect([segments.bytes, segments.bytesFrom(at(one, 10)), segments.end]).toEqual([200, 190, at(two, 50)]);
  expect(segments.bytesFrom(at(two, 20))).toBe(30);
  expect(segments.records).toBe(16);
});

test('counts no lines of a write that failed', () => {
  const { segments } = createSegments();
  segments.follow(at(one, 100), 5);
  segments.follow(at(two, 0), 5);
  expect(segments.records).toBe(9);
});

test('finds the next line behind the end of a segment, behind one that has none, and behind one that is gone', () => {
  const { segments } = createSegments();
  expect(segments.find(at('', 0))).toEqual(at(one, 0));
  expect(segments.find(at(one, 100))).toEqual(at(one, 100));
  segments.follow(at(two, 0), 0);
  segments.follow(at(three, 50), 1);
  expect(segments.find(at(one, 100))).toEqual(at(three, 0));
  expect(segments.find(at(two, 70))).toEqual(at(three, 0));
  expect(segments.find(at(three, 50))).toEqual(segments.end);
});

test('removes the segments before a position, and keeps those of which there is no other copy', async () => {
  const { directory, segments, kept } = createSegments();
  kept.add(one);
  segments.follow(at(two, 50), 2);
  segments.follow(at(three, 50), 2);
  await segments.dropBefore(at(two, 20));
  expect([segmentsIn(directory), segments.bytes, segments.records]).toEqual([[one, two, three], 200, 4]);
  kept.clear();
  await segments.drained.remove();
  expect([segmentsIn(directory), segments.bytes]).toEqual([[two, three], 100]);
  await segments.dropBefore(at(three, 50));
  expect(segmentsIn(directory)).toEqual([three]);
});

test('removes a drained segment later when the directory was away', async () => {
  const { directory, segments } = createSegments();
  segments.follow(at(two, 5), 1);
  renameSync(directory, `${directory}-away`);
  await segments.dropBefore(at(two, 0));
  expect(segments.bytes).toBe(105);
  renameSync(`${directory}-away`, directory);
  await expect.poll(() => [segmentsIn(directory), segments.bytes]).toEqual([[two, three], 5]);
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

describe('reading', () => {
  function createReading(check: () => void) {
    const directory = join(temporaryDirectory(), 'spool');
    mkdirSync(directory);
    writeFileSync(join(directory, lockName), '');
    const { logger, text } = captureLog();
    const segments = new SpoolSegments([{ name: one, size: 6, records: 1 }], {
      ...{ directory, logger, retryIntervalMs: 20, isKept: () => false },
      check: async () => check(),
    });
    const limits = { maxRecords: 10, maxBytes: 1_000 };
    return { directory, segments, text, read: () => segments.read(at(one, 0), limits) };
  }

  test('passes over a segment that somebody has removed', async () => {
    const { read, segments, text } = createReading(() => {});
    expect(await read()).toMatchObject({ lines: [], next: at(one, 6) });
    expect([segments.records, text()]).toEqual([0, expect.stringContaining('is gone')]);
  });

  test('keeps a segment whose directory was away when it was opened, and is back when that is looked at', async () => {
    const { directory, read, segments, text } = createReading(() =>
      renameSync(`${directory}-away`, directory),
    );
    writeFileSync(join(directory, one), '"one"\n');
    renameSync(directory, `${directory}-away`);
    await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
    expect([segments.records, text()]).toEqual([1, '']);
    expect((await read()).lines.map(({ text: line }) => line)).toEqual(['"one"']);
  });

  test('keeps a segment while another directory stands where its own is mounted', async () => {
    const { directory, read, segments } = createReading(() => {});
    renameSync(directory, `${directory}-away`);
    mkdirSync(directory);
    await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(segments.records).toBe(1);
  });
});
