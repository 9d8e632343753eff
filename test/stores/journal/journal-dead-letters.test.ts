import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DeadLetter } from '../../../src/ports/dead-letter.ts';
import { openJournalDeadLetters } from '../../../src/stores/journal/journal-dead-letters.ts';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

function setUp() {
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, 'journal'));
  return {
    dataDir,
    append(topic: string, value: string, headers: Readonly<Record<string, string>> = {}) {
      const all = { reason: 'no_key', webhook: 'w', 'received-at': '2024-01-01T00:00:00Z', ...headers };
      const line = toJournalLine({ topic, key: null, value: Buffer.from(value), headers: all });
      appendFileSync(join(dataDir, 'journal', '0000000001.jsonl'), line);
    },
    async open() {
      const store = await openJournalDeadLetters({ dataDir, topics: ['dead'] });
      onTestFinished(() => store.close());
      return store;
    },
  };
}

type Handle = (letters: readonly (DeadLetter | undefined)[]) => Promise<ReadonlySet<DeadLetter>>;

const collect =
  (into: (string | undefined)[], isDone: (text: string) => boolean): Handle =>
  async (letters) => {
    into.push(...letters.map((letter) => letter?.bytes.toString()));
    return new Set(
      letters.filter((letter) => letter !== undefined && isDone(letter.bytes.toString())),
    ) as Set<DeadLetter>;
  };

test('gives the dead letters that were there when it was opened, in order', async () => {
  const { append, open } = setUp();
  append('events', 'an event');
  append('dead', 'a');
  append('dead', 'of the filter', { 'source-topic': 'events' });
  append('dead', 'b');
  const store = await open();
  append('dead', 'later');
  const seen: (string | undefined)[] = [];
  await store.read(collect(seen, () => false));
  expect(store.total).toBe(3);
  expect(seen).toEqual(['a', undefined, 'b']);
});

test('remembers what was put back for the next time', async () => {
  const { dataDir, append, open } = setUp();
  append('dead', 'a');
  append('dead', 'b');
  await (await open()).read(collect([], (text) => text === 'a'));
  expect(readFileSync(join(dataDir, 'replayed.txt'), 'utf8')).toBe('0000000001.jsonl/0\n');
  const seen: (string | undefined)[] = [];
  const store = await open();
  await store.read(collect(seen, () => true));
  expect(store.total).toBe(1);
  expect(seen).toEqual(['b']);
});

test('a run that puts nothing back, as a dry run does, leaves no file', async () => {
  const { dataDir, append, open } = setUp();
  append('dead', 'a');
  await (await open()).read(collect([], () => false));
  expect(existsSync(join(dataDir, 'replayed.txt'))).toBe(false);
});

test('is empty without a journal', async () => {
  const store = await openJournalDeadLetters({ dataDir: temporaryDirectory(), topics: ['dead'] });
  expect(store.total).toBe(0);
});
