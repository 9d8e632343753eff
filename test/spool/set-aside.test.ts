import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSetAside } from '../../src/spool/set-aside.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('keeps lines over restarts, and counts them', async () => {
  const directory = temporaryDirectory();
  const first = await openSetAside(directory);
  expect([first.records, first.bytes]).toEqual([0, 0]);
  await first.add(['one', 'two']);
  const second = await openSetAside(directory);
  await second.add(['three']);
  expect([second.records, second.bytes]).toEqual([3, 14]);
  expect(readFileSync(join(directory, 'set-aside.jsonl'), 'utf8')).toBe('one\ntwo\nthree\n');
});

test('cuts off a torn last line, so that the next one stands alone', async () => {
  const directory = temporaryDirectory();
  await (await openSetAside(directory)).add(['one']);
  appendFileSync(join(directory, 'set-aside.jsonl'), 'to');
  await (await openSetAside(directory)).add(['two']);
  expect(readFileSync(join(directory, 'set-aside.jsonl'), 'utf8')).toBe('one\ntwo\n');
});

test('counts anew when somebody has moved the file away', async () => {
  const directory = temporaryDirectory();
  const setAside = await openSetAside(directory);
  await setAside.add(['one', 'two']);
  renameSync(join(directory, 'set-aside.jsonl'), join(directory, 'looked-at.jsonl'));
  expect([setAside.records, setAside.bytes]).toEqual([0, 0]);
  await setAside.add(['three']);
  expect([setAside.records, setAside.bytes]).toEqual([1, 6]);
});
