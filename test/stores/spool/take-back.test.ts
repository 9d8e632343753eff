import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Spool } from '../../../src/stores/spool/spool.ts';
import { toSpoolLines } from '../../../src/stores/spool/spool-line.ts';
import { askToTakeBack, takeBackIfAsked } from '../../../src/stores/spool/take-back.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import {
  createEventRecord,
  drainWaiting,
  openTestSpool,
  spoolRecords,
  toIds,
} from '../../support/test-spool.ts';

const event = (revision: number) => createEventRecord('a', revision);
const lineOf = (revision: number) =>
  toSpoolLines([event(revision)])
    .toString()
    .trimEnd();

const limits = { maxRecords: 10, maxBytes: 10_000 };

/** What a spool gives when it is drained to its end. */
async function drain(spool: Spool): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const lines = await drainWaiting(spool, limits);
    if (lines.length === 0) {
      return ids;
    }
    ids.push(...toIds(lines.map(({ record }) => record)));
  }
}

test('what was set aside is drained at the next start, behind what is there', async () => {
  const directory = temporaryDirectory();
  const running = await openTestSpool(directory);
  await running.setAside.add('segment', [lineOf(1), lineOf(2)]);
  await spoolRecords(running, [event(3)]);
  expect(await askToTakeBack(directory)).toBe(true);
  // The running one goes on as before, and what it sets aside from now on is taken back as well.
  expect([running.records, running.setAside.records]).toEqual([1, 2]);
  await spoolRecords(running, [event(4)]);
  await running.setAside.add('segment', [lineOf(5)]);
  await running.close();

  const next = await openTestSpool(directory);
  expect([next.records, next.setAside.records]).toEqual([5, 0]);
  expect(await drain(next)).toEqual(['a-3', 'a-4', 'a-1', 'a-2', 'a-5']);
});

test('it is taken back once: what is set aside again stays', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  await first.setAside.add('segment', [lineOf(1)]);
  await askToTakeBack(directory);
  await first.close();
  const second = await openTestSpool(directory);
  await second.setAside.add('segment', [lineOf(1)]);
  expect(await drain(second)).toEqual(['a-1']);
  await second.close();
  const third = await openTestSpool(directory);
  expect([third.records, third.setAside.records]).toEqual([0, 1]);
});

test('whoever was ended between two steps leaves it to the next one', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'set-aside.jsonl'), `${lineOf(1)}\n${lineOf(2)}\n{"to`);
  await askToTakeBack(directory);
  await takeBackIfAsked(directory);
  // As if the note had not been removed yet.
  writeFileSync(join(directory, 'take-back'), '');
  const spool = await openTestSpool(directory);
  expect(await drain(spool)).toEqual(['a-1', 'a-2']);
  expect(existsSync(join(directory, 'take-back'))).toBe(false);
});

test('does nothing where nothing was set aside, or where nobody asked', async () => {
  const directory = temporaryDirectory();
  expect(await askToTakeBack(directory)).toBe(false);
  expect(await askToTakeBack(join(directory, 'none'))).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
  const first = await openTestSpool(directory);
  await first.setAside.add('segment', [lineOf(1)]);
  await first.close();
  const second = await openTestSpool(directory);
  expect([second.records, second.setAside.records]).toEqual([0, 1]);
});
