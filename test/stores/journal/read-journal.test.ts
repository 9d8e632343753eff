import { appendFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SinkRecord } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createJournal } from '../../../src/stores/journal/journal.ts';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import {
  findJournalEnd,
  isPositionAtLineEnd,
  type JournalRange,
  readJournal,
} from '../../../src/stores/journal/read-journal.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const toRecord = (number: number): SinkRecord => ({
  topic: 'events',
  key: number % 5 === 0 ? null : `k-${number}`,
  value:
    number % 3 === 0 ? Buffer.from([0xff, number]) : Buffer.from(`{"n":${number}.0,"text":"\\u00e9 é\\n"}`),
  headers: { 'received-at': '2026-01-01T00:00:00Z' },
});

async function write(directory: string, records: readonly SinkRecord[]): Promise<void> {
  // The segments are so small that each append starts a new segment.
  const journal = createJournal({
    directory,
    logger: captureLog().logger,
    clock: systemClock,
    maxSegmentBytes: 1,
  });
  await journal.start();
  for (const record of records) {
    await journal.append([record, record], deadlineIn(5_000));
  }
  await journal.close();
}

async function read(directory: string, range?: JournalRange): Promise<SinkRecord[]> {
  const records: SinkRecord[] = [];
  for await (const { record } of readJournal(directory, range)) {
    records.push(record);
  }
  return records;
}

test('gives back every record as it was appended, over all segments', async () => {
  const directory = temporaryDirectory();
  const records = Array.from({ length: 12 }, (_unused, number) => toRecord(number));
  await write(directory, records);
  expect(await read(directory)).toEqual(records.flatMap((record) => [record, record]));
});

test('goes on where a position says, and stops where another says', async () => {
  const directory = temporaryDirectory();
  await write(directory, [toRecord(1), toRecord(2)]);
  const end = await findJournalEnd(directory);
  await write(directory, [toRecord(4)]);
  expect(await read(directory, { from: end })).toEqual([toRecord(4), toRecord(4)]);
  expect(await read(directory, { to: end })).toHaveLength(4);

  const nexts = [];
  for await (const { next } of readJournal(directory)) {
    nexts.push(next);
  }
  for (const [index, from] of nexts.entries()) {
    expect(await read(directory, { from })).toHaveLength(nexts.length - 1 - index);
  }
});

test('leaves a line that is not whole yet, and refuses one that is not a record', async () => {
  const directory = temporaryDirectory();
  await write(directory, [toRecord(1)]);
  const end = await findJournalEnd(directory);
  const file = join(directory, end?.segment ?? '');
  appendFileSync(file, '{"topic":"ev');
  expect(await read(directory)).toHaveLength(2);
  appendFileSync(file, '\n');
  await expect(read(directory)).rejects.toThrow(`has a line at byte ${end?.offset} that is not a record`);
});

test.each([
  ['a whole line', 2, 3],
  ['a torn one', 0, 2],
])('reads on behind the zeros that a crash of the machine left before %s', async (_what, cut, count) => {
  const directory = temporaryDirectory();
  await write(directory, [toRecord(1)]);
  const end = await findJournalEnd(directory);
  const line = cut === 0 ? 'ng":"é"}' : toJournalLine(toRecord(2)).trimEnd();
  appendFileSync(join(directory, end?.segment ?? ''), `${'\0'.repeat(4_096)}${line}\n`);
  await write(directory, [toRecord(4)]);
  const records = await read(directory);
  expect(records).toHaveLength(count + 2);
  expect(records.slice(-2)).toEqual([toRecord(4), toRecord(4)]);
});

test('is empty where there is none', async () => {
  expect(await read(join(temporaryDirectory(), 'nothing'))).toEqual([]);
});

test('a segment that cannot be opened does not count as removed', async () => {
  const directory = temporaryDirectory();
  const position = { segment: '0000000001-00000000.jsonl', offset: 5 };
  expect(await isPositionAtLineEnd(directory, position)).toBe(true);
  symlinkSync(position.segment, join(directory, position.segment));
  await expect(isPositionAtLineEnd(directory, position)).rejects.toThrow('ELOOP');
});
