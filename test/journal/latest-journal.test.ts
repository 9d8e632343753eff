import { expect, onTestFinished, test } from 'vitest';
import { openLatestJournal } from '../../src/journal/latest-journal.ts';
import { createEntityTable } from '../../src/revisions/entity-table.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

async function openLatest(directory: string) {
  const table = createEntityTable();
  const latest = await openLatestJournal(directory, table, Date.now());
  onTestFinished(() => latest.close().catch(() => {}));
  return { table, latest };
}

const toState = (key: string, revision: string, offset: number) => ({
  record: {
    topic: 'latest',
    key,
    value: Buffer.from('{}'),
    headers: { ce_specversion: '1.0', ce_subject: key, revision },
  },
  next: { segment: '0000000001.jsonl', offset },
});

test('has no position and no state at first', async () => {
  const { table, latest } = await openLatest(temporaryDirectory());
  expect(latest.position).toBeUndefined();
  expect(table.size).toBe(0);
});

test('gives back the states and the last position after it was opened again', async () => {
  const directory = temporaryDirectory();
  const first = await openLatest(directory);
  await first.latest.append([toState('a', '1', 10), toState('b', '5', 20)]);
  await first.latest.append([toState('a', '2', 30)]);
  await first.latest.close();

  const { table, latest } = await openLatest(directory);
  expect(latest.position).toEqual({ segment: '0000000001.jsonl', offset: 30 });
  expect([table.find(Buffer.from('a')), table.find(Buffer.from('b'))]).toEqual([2n, 5n]);
});

test('is open once at a time', async () => {
  const directory = temporaryDirectory();
  await openLatest(directory);
  await expect(openLatest(directory)).rejects.toThrow('is in use by process');
});
