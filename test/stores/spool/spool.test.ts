import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectSpool } from '../../../src/stores/spool/find-spooled.ts';
import type { Spool } from '../../../src/stores/spool/spool.ts';
import { captureLog } from '../../support/captured-log.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import {
  createEventRecord,
  drainWaiting,
  openTestSpool,
  readWaiting,
  segmentsIn,
  sequencesIn,
  spoolRecords,
  toIds,
} from '../../support/test-spool.ts';

const limits = { maxRecords: 2, maxBytes: 1024 };
const append = (spool: Spool, ...revisions: number[]) =>
  spoolRecords(
    spool,
    revisions.map((revision) => createEventRecord('a', revision)),
  );

/** Drains up to so many chunks. */
async function drain(spool: Spool, chunks = Number.POSITIVE_INFINITY): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < chunks; count += 1) {
    const lines = await drainWaiting(spool, limits);
    if (lines.length === 0) {
      break;
    }
    ids.push(...toIds(lines.map(({ record }) => record)));
  }
  return ids;
}

test('gives records back in the order of their appends, over segments', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 200 });
  await Promise.all([append(spool, 1, 2), append(spool, 3), append(spool, 4, 5)]);
  await append(spool, 6);
  expect(segmentsIn(directory).length).toBeGreaterThan(1);
  expect(spool.records).toBe(6);
  expect(await drain(spool)).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'a-5', 'a-6']);
  expect(spool.records).toBe(0);
});

test('removes segments that are drained, and gives the rest of the disk space back when it is empty', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 200 });
  for (let revision = 1; revision <= 6; revision += 1) {
    await append(spool, revision);
  }
  expect(sequencesIn(directory)).toEqual([1, 2, 3]);
  await drain(spool, 1);
  expect(sequencesIn(directory)).toEqual([2, 3]);
  await drain(spool);
  expect(spool.bytes).toBeGreaterThan(0);
  await spool.release();
  expect(segmentsIn(directory)).toEqual([]);
  expect(spool.bytes).toBe(0);
  await append(spool, 7);
  expect(await drain(spool)).toEqual(['a-7']);
});

test('counts nothing of a write that failed after its disk space was given back', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory);
  await append(spool, 1);
  await drain(spool);
  await spool.release();
  renameSync(directory, `${directory}-away`);
  await expect(append(spool, 2)).rejects.toMatchObject({ code: 'sink_unavailable' });
  expect([spool.records, spool.bytes]).toEqual([0, 0]);
  renameSync(`${directory}-away`, directory);
  await expect.poll(() => spool.problem).toBeUndefined();
  await append(spool, 3);
  expect(await drain(spool)).toEqual(['a-3']);
});

test('does not give up a segment that has got a record again', async () => {
  const spool = await openTestSpool(temporaryDirectory());
  await append(spool, 1);
  await drain(spool);
  await append(spool, 2);
  await spool.release();
  expect(await drain(spool)).toEqual(['a-2']);
});

test.each([0, 1, 2, 3, 4, 5, 6])(
  'goes on where an earlier process was ended after %i chunks',
  async (chunks) => {
    const directory = temporaryDirectory();
    const first = await openTestSpool(directory, { maxSegmentBytes: 400 });
    const all: string[] = [];
    for (let revision = 1; revision <= 9; revision += 1) {
      await append(first, revision);
      all.push(`a-${revision}`);
    }
    const before = await drain(first, chunks);
    // A line that was being written.
    appendFileSync(join(directory, segmentsIn(directory).at(-1) ?? ''), '{"topic":"ev');
    await first.close();

    const second = await openTestSpool(directory, { maxSegmentBytes: 400 });
    expect(second.records).toBe(9 - before.length);
    await append(second, 10);
    expect([...before, ...(await drain(second))]).toEqual([...all, 'a-10']);
  },
);

test('knows when the oldest record was received', async () => {
  const spool = await openTestSpool(temporaryDirectory());
  const at = (revision: number) => new Date(revision * 60_000).toISOString();
  expect(spool.oldestReceivedAt).toBeUndefined();
  await append(spool, 1, 2, 3);
  expect(spool.oldestReceivedAt).toBe(at(1));
  await drain(spool, 1);
  await readWaiting(spool, limits);
  expect(spool.oldestReceivedAt).toBe(at(3));
  await drain(spool);
  expect(spool.oldestReceivedAt).toBeUndefined();
});

test('refuses what exceeds its bound until a segment was drained, and is not ready shortly before', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxBytes: 2_000, maxSegmentBytes: 400 });
  let accepted = 0;
  const fill = async () => {
    for (;;) {
      await append(spool, accepted + 1);
      accepted += 1;
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: 'sink_full' });
  expect(spool.bytes).toBeLessThanOrEqual(2_000);
  expect(spool.problem).toMatch(/^the spool is full: \d+ of 2000 bytes$/);
  await drain(spool, 2);
  expect(spool.problem).toBeUndefined();
  await append(spool, 99);
});

test('counts what was set aside against its bound', async () => {
  const spool = await openTestSpool(temporaryDirectory(), { maxBytes: 2_000 });
  await spool.setAside.add('segment', ['x'.repeat(1_999)]);
  await expect(append(spool, 1)).rejects.toMatchObject({ code: 'sink_full' });
});

test('takes nothing after a failed write until the disk can be written, and loses nothing that was durable', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 1 });
  await append(spool, 1);
  renameSync(directory, `${directory}-away`);
  await expect(append(spool, 2)).rejects.toMatchObject({ code: 'sink_unavailable' });
  expect(spool.problem).toMatch(/^The spool cannot be written \(\//);
  await expect(append(spool, 3)).rejects.toMatchObject({ code: 'sink_unavailable' });
  renameSync(`${directory}-away`, directory);
  await expect.poll(() => spool.problem).toBeUndefined();
  await append(spool, 4);
  expect(await drain(spool)).toEqual(['a-1', 'a-4']);
});

test('drains and makes room although how far it is cannot be noted', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 1 });
  await append(spool, 1);
  await append(spool, 2);
  await append(spool, 3);
  // Nobody can write a file of that name.
  mkdirSync(join(directory, 'drained.json.part'));
  expect(await drain(spool, 1)).toEqual(['a-1']);
  expect(sequencesIn(directory)).toEqual([2, 3]);
  await spool.close();
  rmSync(join(directory, 'drained.json.part'), { recursive: true });
  const second = await openTestSpool(directory);
  expect(await drain(second)).toEqual(['a-2', 'a-3']);
});

test('passes on a line that is no record', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  await append(first, 1);
  await first.close();
  appendFileSync(join(directory, segmentsIn(directory)[0] ?? ''), 'rubbish\n');
  const second = await openTestSpool(directory);
  await append(second, 2);
  const lines = await drainWaiting(second, { maxRecords: 9, maxBytes: 9_999 });
  expect(lines.map(({ text, record }) => record?.headers.ce_id ?? text)).toEqual(['a-1', 'rubbish']);
  expect(await drain(second)).toEqual(['a-2']);
});

test('gives up on an append that is not durable in time, and counts it as long as it is being written', async () => {
  const spool = await openTestSpool(temporaryDirectory(), { maxBytes: 6_000_000 });
  await expect(spool.append([createEventRecord('a', 1, 4_000_000)], 0)).rejects.toMatchObject({
    code: 'sink_timeout',
  });
  expect(spool.bytes).toBeGreaterThan(4_000_000);
  await expect(spool.append([createEventRecord('a', 2, 4_000_000)], 5_000)).rejects.toMatchObject({
    code: 'sink_full',
  });
  await spool.idle();
  expect(spool.bytes).toBeGreaterThan(4_000_000);
});

test('ignores other files in the directory', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'notes.jsonl'), 'x\n');
  const spool = await openTestSpool(directory);
  expect(spool.records).toBe(0);
});

test('goes on with the next segment when somebody has removed one', async () => {
  const directory = temporaryDirectory();
  const log = captureLog();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 1, logger: log.logger });
  await append(spool, 1);
  await append(spool, 2);
  rmSync(join(directory, segmentsIn(directory)[0] ?? ''));
  expect(await drain(spool)).toEqual(['a-2']);
  expect(log.text()).toContain('a segment of the spool is gone');
  rmSync(join(directory, segmentsIn(directory)[0] ?? ''));
  await append(spool, 3);
  expect([await drain(spool), spool.records]).toEqual([['a-3'], 0]);
});

test('drains behind a record that cannot be set aside yet, and keeps its segment until it can', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory, { maxSegmentBytes: 1 });
  await append(spool, 1);
  await append(spool, 2);
  await append(spool, 3);
  // Nobody can write a file of that name.
  mkdirSync(join(directory, 'set-aside.jsonl'));
  const lines = await readWaiting(spool, limits);
  await spool.setAside.add(
    segmentsIn(directory)[0] ?? '',
    lines.map(({ text }) => text),
  );
  await drain(spool, 1);
  expect(await drain(spool)).toEqual(['a-2', 'a-3']);
  await spool.release();
  expect(sequencesIn(directory)).toEqual([1]);
  rmSync(join(directory, 'set-aside.jsonl'), { recursive: true });
  await expect.poll(() => segmentsIn(directory)).toEqual([]);
  expect(spool.setAside.records).toBe(1);
});

test('keeps what a share left behind over a restart, and nothing else', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory, { maxSegmentBytes: 1 });
  const other = (revision: number) => ({ ...createEventRecord('b', revision), topic: 'others' });
  for (let revision = 1; revision <= 3; revision += 1) {
    await spoolRecords(first, [createEventRecord('a', revision)]);
    await spoolRecords(first, [other(revision)]);
  }
  const [events, others] = [...first.backlog];
  const last = segmentsIn(directory).at(-1) ?? '';
  others?.moveTo({ segment: last, offset: statSync(join(directory, last)).size });
  events?.moveTo({ segment: segmentsIn(directory)[1] ?? '', offset: 0 });
  await first.noteProgress();
  await first.close();
  expect(sequencesIn(directory)).toEqual([2, 3, 4, 5, 6]);

  const second = await openTestSpool(directory, { maxSegmentBytes: 1 });
  expect(await inspectSpool(directory)).toMatchObject({ records: 2, leftBehind: ['events', 'others'] });
  expect([second.records, await drain(second)]).toEqual([2, ['a-2', 'a-3']]);
});
