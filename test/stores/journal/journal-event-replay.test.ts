import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournalEventReplay } from '../../../src/stores/journal/journal-event-replay.ts';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { toEventRecord } from '../../support/append-records.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const segment = '0000000001-aaaaaaaa.jsonl';
const first = toJournalLine(toEventRecord('a', 1));

/** A journal with the events a and b. */
function setUp() {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, segment), first + toJournalLine(toEventRecord('b', 1)));
  const source = openJournalEventReplay({
    ...{ dataDir: directory, directory, group: 'g', dryRun: true },
    selection: {
      role: 'events',
      topics: [{ events: 'comapi.events', deadLetter: 'dead', latest: 'latest' }],
    },
    choose: () => ({ options: 'all', startedAtMs: 5, sinceMs: 0 }),
    signal: new AbortController().signal,
    observer: { begins() {}, passed() {}, notice() {} },
  });
  /** Whether a copy of an event is left out, whose event was read there. */
  async function isRepeated(key: string, origin: string): Promise<boolean> {
    const record = { ...toEventRecord(key, 1), place: `${segment}/900`, storedAtMs: 5 };
    const repeated = await source.findRepeated([{ record, origin }]);
    return repeated.has(record);
  }
  return { directory, isRepeated };
}

test('a copy is left out while its event stands at its place', async () => {
  const { isRepeated } = setUp();
  expect(await isRepeated('a', `${segment}/0`)).toBe(true);
  expect(await isRepeated('b', `${segment}/${Buffer.byteLength(first)}`)).toBe(true);
  expect(await isRepeated('a', `${segment}/${Buffer.byteLength(first)}`)).toBe(false);
});

test.each([
  ['behind the end of its segment', `${segment}/9000`],
  ['in a segment that was removed', '0000000002-aaaaaaaa.jsonl/0'],
  ['that is none', 'elsewhere'],
  ['whose number is none', `${segment}/x`],
])('a copy is put back whose event was read at a place %s', async (_what, origin) => {
  const { isRepeated } = setUp();
  expect(await isRepeated('a', origin)).toBe(false);
});

test('a segment that cannot be read is not taken for one that was removed', async () => {
  const { isRepeated, directory } = setUp();
  mkdirSync(join(directory, '0000000002-aaaaaaaa.jsonl'));
  await expect(isRepeated('a', '0000000002-aaaaaaaa.jsonl/0')).rejects.toThrow('EISDIR');
});
