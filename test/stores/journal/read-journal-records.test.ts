import { appendFileSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RecordSelection } from '../../../src/ports/record-reader.ts';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { readJournalRecords } from '../../../src/stores/journal/read-journal-records.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { waitUntil } from '../../support/wait-until.ts';

const first = '0000000001-aaaaaaaa.jsonl';
const second = '0000000002-aaaaaaaa.jsonl';
const noon = Date.parse('2026-11-27T12:00:00Z');

function toLine(key: string, { topic = 'events', atMs = noon } = {}): string {
  const headers = { 'received-at': new Date(atMs).toISOString() };
  return toJournalLine({ topic, key, headers, value: Buffer.from('{}') });
}

/** Starts to read a journal, and collects the records. */
function openJournal(selection: Partial<RecordSelection> = {}, { follow = true } = {}) {
  const directory = temporaryDirectory();
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const keys: (string | null)[] = [];
  const notices: string[] = [];
  const bytes = { all: 0, passed: 0 };
  const begun = Promise.withResolvers<void>();
  const whole: RecordSelection = {
    ...{ role: 'events', topics: [{ events: 'events', deadLetter: 'dead', latest: 'latest' }], sinceMs: 0 },
    ...selection,
  };
  const read = async () => {
    const journals = [{ directory, topics: [whole.role === 'events' ? 'events' : 'dead'] }];
    const observer = {
      onStart(_what: string, all: number) {
        bytes.all = all;
        begun.resolve();
      },
      onProgress(more: number) {
        bytes.passed += more;
      },
      onWarning: (text: string, isDamage = false) => void notices.push(isDamage ? `! ${text}` : text),
    };
    for await (const records of readJournalRecords(journals, whole, {
      follow,
      signal: stop.signal,
      observer,
    })) {
      keys.push(...records.map(({ key }) => key));
      told.onRead();
    }
  };
  const told = {
    keys,
    notices,
    bytes,
    onRead: () => {},
    begun: begun.promise,
    read,
    append: (segment: string, text: string) => appendFileSync(join(directory, segment), text),
    cutBack: (segment: string, size: number) => truncateSync(join(directory, segment), size),
    remove: (segment: string) => rmSync(join(directory, segment)),
    date: (segment: string, ms: number) => utimesSync(join(directory, segment), ms / 1_000, ms / 1_000),
    has: (...wanted: readonly string[]) =>
      waitUntil(() => keys.length >= wanted.length, { timeoutMs: 30_000, what: wanted.join() }).then(() =>
        expect(keys).toEqual(wanted),
      ),
    says: (text: string) =>
      waitUntil(() => notices.some((each) => each.includes(text)), { timeoutMs: 30_000, what: text }),
  };
  return told;
}

describe('reading the records of a journal', () => {
  test('gives those of the topic, of the key and of the time', async () => {
    const journal = openJournal(
      { keys: new Set(['b"']), sinceMs: noon - 1, untilMs: noon + 1 },
      { follow: false },
    );
    journal.append(first, toLine('a') + toLine('b"') + toLine('b"', { topic: 'dead' }));
    journal.append(first, toLine('b"', { atMs: noon - 2 }) + toLine('b"', { atMs: noon + 1 }));
    await journal.read();
    expect(journal.keys).toEqual(['b"']);
  });

  test('skips segments that were not written since then', async () => {
    const journal = openJournal({ sinceMs: noon }, { follow: false });
    journal.append(first, 'not read, so not found to be wrong\n');
    journal.date(first, noon - 60_000);
    journal.append(second, toLine('b'));
    journal.date(second, noon);
    await journal.read();
    expect(journal.keys).toEqual(['b']);
    expect(journal.notices).toEqual([]);
    const { length } = toLine('b');
    expect(journal.bytes).toEqual({ all: length, passed: length });
  });

  test('says that a segment was removed before it was read, and goes on with the next one', async () => {
    const journal = openJournal({}, { follow: false });
    const names = [first, second, '0000000003-aaaaaaaa.jsonl'];
    for (const name of names) {
      journal.append(name, toLine(name));
    }
    journal.onRead = () => {
      journal.remove(second);
      journal.onRead = () => {};
    };
    await journal.read();
    expect(journal.keys).toEqual([names[0], names[2]]);
    expect(journal.notices).toEqual([
      `! The segment ${second} was removed before all of its records were read.`,
    ]);
  });

  test.each([
    ['in its middle', '{"topic":"events","broken'],
    ['at its beginning', toLine('c').slice(3).trimEnd()],
  ])(
    'says that a line is not a record, because it is damaged %s, and goes on behind it',
    async (_, damaged) => {
      const journal = openJournal({}, { follow: false });
      journal.append(first, `${toLine('a')}${damaged}\n${toLine('b')}`);
      await journal.read();
      expect(journal.keys).toEqual(['a', 'b']);
      expect(journal.bytes.passed).toBe(journal.bytes.all);
      expect(journal.notices).toEqual([
        expect.stringMatching(/^! Skipped the line at byte \d+ of 0000000001-aaaaaaaa.jsonl/),
      ]);
    },
  );
});

describe('following a journal', () => {
  test('begins with what is written from now on, and waits for the end of a line', async () => {
    const journal = openJournal({ sinceMs: undefined });
    journal.append(first, toLine('a'));
    void journal.read();
    const line = toLine('c');
    await journal.begun;
    journal.append(first, toLine('b') + line.slice(0, 20));
    await journal.has('b');
    journal.append(first, line.slice(20));
    await journal.has('b', 'c');
    expect([journal.notices, journal.bytes.all]).toEqual([[], 0]);
  });

  test('goes on in the next segment, with what came last in the one before', async () => {
    const journal = openJournal();
    journal.append(first, toLine('a'));
    void journal.read();
    await journal.has('a');
    journal.append(first, toLine('b'));
    journal.append(second, toLine('c'));
    await journal.has('a', 'b', 'c');
    journal.remove(first);
    journal.append(second, toLine('d'));
    await journal.has('a', 'b', 'c', 'd');
    expect(journal.notices).toEqual([]);
  });

  test('goes on behind what its writer has taken back', async () => {
    const journal = openJournal();
    const a = toLine('a');
    journal.append(first, a + toLine('b'));
    void journal.read();
    await journal.has('a', 'b');
    journal.cutBack(first, Buffer.byteLength(a));
    await journal.says('was truncated');
    journal.append(first, toLine('c'));
    await journal.has('a', 'b', 'c');
  });

  test('reads a journal from its beginning that was recreated', async () => {
    const journal = openJournal();
    journal.append(second, toLine('a'));
    void journal.read();
    await journal.has('a');
    journal.remove(second);
    journal.append(first, toLine('b'));
    await journal.says('was recreated');
    await journal.has('a', 'b');
  });
});

test('a journal that is not there has no records', async () => {
  const journal = openJournal({}, { follow: false });
  await journal.read();
  expect(journal.keys).toEqual([]);
});
