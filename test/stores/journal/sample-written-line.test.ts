import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { createJournal } from '../../../src/stores/journal/journal.ts';
import { sampleWrittenLine } from '../../../src/stores/journal/sample-written-line.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { sampleRecords } from '../../support/sampled-records.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord } from '../../support/test-spool.ts';

/** A journal that samples every write. */
async function startJournal() {
  const directory = temporaryDirectory();
  const sampler = sampleRecords();
  const logger = createLogger('silent');
  const journal = createJournal({ directory, logger, clock: systemClock, sampler, maxSegmentBytes: 4_096 });
  onTestFinished(() => journal.close());
  await journal.start();
  const append = (count: number, padding = 0) =>
    journal.append(
      Array.from({ length: count }, (_, index) => createEventRecord('a', index, padding)),
      deadlineIn(8_000),
    );
  const fileOf = (place = '') => join(directory, place.split('/')[0] ?? '');
  return { directory, append, taken: sampler.taken, fileOf };
}

test('a line is read again where it stands, in every segment', async () => {
  const { append, taken } = await startJournal();
  for (let round = 0; round < 10; round += 1) {
    await append(7, 100);
  }
  expect(taken).toHaveLength(10);
  expect(new Set(taken.map(({ place }) => place.split('/')[0])).size).toBeGreaterThan(1);
  for (const record of taken) {
    expect(await record.readBack()).toEqual({ outcome: 'same', detail: '' });
    expect(record.id).toMatch(/^a-\d$/);
  }
});

test.each<[what: string, spoil: (file: string, directory: string) => void, outcome: string, detail: string]>([
  ['removed', (file) => rmSync(file), 'missing', 'was removed or renamed'],
  ['renamed', (file) => renameSync(file, `${file}.old`), 'missing', 'was removed or renamed'],
  ['cut off', (file) => truncateSync(file, 10), 'missing', 'ends before the record'],
  ['written over', (file) => writeFileSync(file, readFileSync(file).fill(0x20)), 'different', 'other bytes'],
])('a file that was %s under the journal is found out', async (_what, spoil, outcome, detail) => {
  const { directory, append, taken, fileOf } = await startJournal();
  await append(5);
  const [record] = taken;
  spoil(fileOf(record?.place), directory);
  const open = openFilesIn(directory);
  expect(await record?.readBack()).toMatchObject({ outcome, detail: expect.stringContaining(detail) });
  expect(openFilesIn(directory)).toEqual(open);
});

test('each byte that is drawn leads to the line that it is in', () => {
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const lines = Buffer.from('a\nbcd\n\nef\n');
  const places = Array.from(lines, (_, index) => {
    const sampler = sampleRecords();
    vi.spyOn(Math, 'random').mockReturnValue((index + 0.5) / lines.length);
    const written = { directory: '', lines, end: { segment: 's', offset: 100 + lines.length } };
    sampleWrittenLine({ ...sampler, isDue: false }, written);
    sampleWrittenLine(sampler, { ...written, end: undefined });
    sampleWrittenLine(sampler, written);
    return sampler.taken.map(({ place, readBytes }) => `${place}+${readBytes}`).join();
  });
  const [a, bcd, none, ef] = ['s/100+2', 's/102+4', 's/106+1', 's/107+3'];
  expect(places).toEqual([a, a, bcd, bcd, bcd, bcd, none, ef, ef, ef]);
});

test('a directory that is unavailable is no loss: nobody can say', async () => {
  const { directory, append, taken } = await startJournal();
  await append(5);
  renameSync(directory, `${directory}.away`);
  mkdirSync(directory);
  await expect(taken[0]?.readBack()).rejects.toThrow('ENOENT');
  rmSync(directory, { recursive: true });
  renameSync(`${directory}.away`, directory);
  expect(await taken[0]?.readBack()).toEqual({ outcome: 'same', detail: '' });
});
