import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DeadLetterStore } from '../../../src/ports/dead-letter.ts';
import { openJournalDeadLetters } from '../../../src/stores/journal/journal-dead-letters.ts';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const notices: string[] = [];
const reading = {
  topics: [{ events: 'events', deadLetter: 'dead', latest: 'latest' }],
  signal: new AbortController().signal,
  observer: { onStart() {}, onProgress() {}, onWarning: (text: string) => void notices.push(text) },
};

function setUp() {
  notices.length = 0;
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, 'journal'));
  return {
    dataDir,
    append(topic: string, value: string, headers: Readonly<Record<string, string>> = {}) {
      const all = { reason: 'no_key', webhook: 'w', 'received-at': '2024-01-01T00:00:00Z', ...headers };
      const line = toJournalLine({ topic, key: null, value: Buffer.from(value), headers: all });
      appendFileSync(join(dataDir, 'journal', '0000000001-00000000.jsonl'), line);
    },
    async open() {
      const store = await openJournalDeadLetters({ ...reading, dataDir });
      onTestFinished(() => store.close());
      return store;
    },
  };
}

/** Reads all dead letters, and replays the chosen ones. @returns their values */
async function readAll(store: DeadLetterStore, isDone: (text: string) => boolean): Promise<string[]> {
  const seen: string[] = [];
  for await (const records of store.records()) {
    const places = records.filter(({ value }) => isDone(String(value))).map(({ place }) => place);
    await (places.length > 0 ? store.markReplayed(places) : undefined);
    seen.push(...records.map(({ value }) => String(value)));
  }
  return seen;
}

test('gives the dead letters that were there when it was opened, in order', async () => {
  const { append, open } = setUp();
  append('events', 'an event');
  append('dead', 'a');
  append('dead', 'of the filter', { 'source-topic': 'events' });
  append('dead', 'b');
  const store = await open();
  append('dead', 'later');
  expect(await readAll(store, () => false)).toEqual(['a', 'of the filter', 'b']);
});

test('remembers what was replayed for the next time', async () => {
  const { dataDir, append, open } = setUp();
  append('dead', 'a');
  append('dead', 'b');
  const first = await open();
  await readAll(first, (text) => text === 'a');
  await first.close();
  expect(readFileSync(join(dataDir, 'replayed.txt'), 'utf8')).toBe('0000000001-00000000.jsonl/0\n');
  expect(statSync(join(dataDir, 'replayed.txt')).mode & 0o607).toBe(0o600);
  const store = await open();
  expect(await store.listReplayed([0, 1].map((byte) => `0000000001-00000000.jsonl/${byte}`))).toEqual([
    '0000000001-00000000.jsonl/0',
  ]);
  expect(await readAll(store, () => true)).toEqual(['b']);
  await store.close();
  expect(openFilesIn(dataDir)).toEqual([]);
});

test('a run that replays nothing, as a dry run does, leaves no file', async () => {
  const { dataDir, append, open } = setUp();
  append('dead', 'a');
  await readAll(await open(), () => false);
  expect(existsSync(join(dataDir, 'replayed.txt'))).toBe(false);
});

test('skips a damaged line, and says so once', async () => {
  const { dataDir, append, open } = setUp();
  append('dead', 'a');
  appendFileSync(join(dataDir, 'journal', '0000000001-00000000.jsonl'), 'not a record\n');
  append('dead', 'b');
  expect(await readAll(await open(), () => false)).toEqual(['a', 'b']);
  expect(notices).toEqual([
    expect.stringMatching(/^Skipped the line at byte \d+ of 0000000001-00000000\.jsonl: it is not a record/),
  ]);
});

test('is empty without a journal', async () => {
  const store = await openJournalDeadLetters({ ...reading, dataDir: temporaryDirectory() });
  expect(await readAll(store, () => true)).toEqual([]);
});
