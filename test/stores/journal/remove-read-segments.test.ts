import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toJournalLine } from '../../../src/stores/journal/journal-line.ts';
import { runCommand } from '../../support/run-command.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const deadLetter = 'comapi.events.dead-letter';
const line = (topic: string) =>
  toJournalLine({
    topic,
    key: 'k',
    value: Buffer.from('{}'),
    headers: { 'received-at': '2026-01-01T00:00Z' },
  });

test('removes what was filtered and is old, but no dead letter that waits, and not the newest', async () => {
  const dataDir = temporaryDirectory();
  const directory = join(dataDir, 'journal');
  mkdirSync(directory);
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
  const write = (name: string, topic: string, at: Date) => {
    const file = join(directory, name);
    writeFileSync(file, line(topic));
    utimesSync(file, at, at);
  };
  write('0000000001-00000000.jsonl', 'comapi.events', daysAgo(40));
  write('0000000002-00000000.jsonl', deadLetter, daysAgo(39));
  write('0000000003-00000000.jsonl', deadLetter, daysAgo(38));
  write('0000000004-00000000.jsonl', 'comapi.events', daysAgo(2));
  write('0000000005-00000000.jsonl', 'comapi.events', daysAgo(35));
  writeFileSync(join(dataDir, 'replayed.txt'), '0000000003-00000000.jsonl/0\n');
  const env = { DATA_DIR: dataDir };
  expect((await runCommand(['filter'], env)).code).toBe(0);
  expect(readdirSync(directory)).toHaveLength(5);

  expect((await runCommand(['filter', '--remove-before', '30d', '--yes'], env)).code).toBe(0);
  const left = ['0000000002-00000000.jsonl', '0000000004-00000000.jsonl', '0000000005-00000000.jsonl'];
  expect(readdirSync(directory).toSorted()).toEqual(left);
  expect((await runCommand(['filter', '--remove-before', '30d', '--yes'], env)).code).toBe(0);
  expect(readdirSync(directory).toSorted()).toEqual(left);
});

test('is for a journal', async () => {
  const env = { KAFKA_BROKERS: '127.0.0.1:1' };
  const { code, stderr } = await runCommand(['filter', '--remove-before', '30d', '--yes'], env);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--remove-before works only with a journal')]);
});
