import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../../src/runtime/logger.ts';
import { openSetAside } from '../../../src/stores/spool/set-aside.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const openTestSetAside = (directory: string) =>
  openSetAside({ directory, logger: createLogger('silent'), retryIntervalMs: 20 });

test('keeps lines over restarts, counts them, and shows them to no other user of the machine', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSetAside(directory);
  expect([first.records, first.bytes]).toEqual([0, 0]);
  await first.add('segment', ['one', 'two']);
  const second = await openTestSetAside(directory);
  await second.add('segment', ['three']);
  expect([second.records, second.bytes]).toEqual([3, 14]);
  expect(readFileSync(join(directory, 'set-aside.jsonl'), 'utf8')).toBe('one\ntwo\nthree\n');
  expect(statSync(join(directory, 'set-aside.jsonl')).mode & 0o007).toBe(0);
});

test('cuts off a torn last line, so that the next one stands alone', async () => {
  const directory = temporaryDirectory();
  await (await openTestSetAside(directory)).add('segment', ['one']);
  appendFileSync(join(directory, 'set-aside.jsonl'), 'to');
  await (await openTestSetAside(directory)).add('segment', ['two']);
  expect(readFileSync(join(directory, 'set-aside.jsonl'), 'utf8')).toBe('one\ntwo\n');
});

test('counts anew when somebody has moved the file away', async () => {
  const directory = temporaryDirectory();
  const setAside = await openTestSetAside(directory);
  await setAside.add('segment', ['one', 'two']);
  renameSync(join(directory, 'set-aside.jsonl'), join(directory, 'looked-at.jsonl'));
  await expect.poll(() => [setAside.records, setAside.bytes]).toEqual([0, 0]);
  await setAside.add('segment', ['three']);
  expect([setAside.records, setAside.bytes]).toEqual([1, 6]);
  renameSync(join(directory, 'set-aside.jsonl'), join(directory, 'looked-at.jsonl'));
  await setAside.add('segment', ['four']);
  expect([setAside.records, setAside.bytes]).toEqual([1, 5]);
  await setAside.stop();
});

test('looks for its file by one timer, however often lines are added', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const setAside = await openTestSetAside(temporaryDirectory());
  for (const line of ['one', 'two', 'three']) {
    await setAside.add('segment', [line]);
  }
  expect(vi.getTimerCount()).toBe(1);
  await setAside.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('owes lines while the disk takes none, and writes them when it does', async () => {
  const directory = temporaryDirectory();
  const setAside = await openTestSetAside(directory);
  let settled = 0;
  setAside.onSettled = () => {
    settled += 1;
  };
  // Nobody can write a file of that name.
  mkdirSync(join(directory, 'set-aside.jsonl'));
  await setAside.add('one', ['1']);
  await setAside.add('two', ['2']);
  expect([setAside.owes('one'), setAside.owes('two'), setAside.owes('three'), settled]).toEqual([
    true,
    true,
    false,
    0,
  ]);
  rmdirSync(join(directory, 'set-aside.jsonl'));
  await expect.poll(() => settled).toBe(1);
  expect([setAside.owes('one'), setAside.owes('two'), setAside.records]).toEqual([false, false, 2]);
  expect(readFileSync(join(directory, 'set-aside.jsonl'), 'utf8')).toBe('1\n2\n');
});

test('owes some mebibytes, and no more than it has memory for', async () => {
  const directory = temporaryDirectory();
  const setAside = await openTestSetAside(directory);
  mkdirSync(join(directory, 'set-aside.jsonl'));
  await setAside.add('one', ['x'.repeat(8 * 1024 * 1024)]);
  await setAside.add('one', ['x'.repeat(9 * 1024 * 1024)]);
  await expect(setAside.add('one', ['2'])).rejects.toThrow('too many records wait for it');
  await setAside.stop();
});

test('writes behind what another process wrote, and gives a line that was torn meanwhile its end', async () => {
  const directory = temporaryDirectory();
  const setAside = await openTestSetAside(directory);
  await setAside.add('segment', ['one']);
  appendFileSync(join(directory, 'set-aside.jsonl'), 'other\nto');
  await setAside.add('segment', ['two']);
  expect(readFileSync(join(directory, 'set-aside.jsonl'), 'utf8')).toBe('one\nother\nto\ntwo\n');
});

test('writes a line again when the file was taken away and read while the line was written', async () => {
  const directory = temporaryDirectory();
  const setAside = await openTestSetAside(directory);
  const file = join(directory, 'set-aside.jsonl');
  const taken: string[] = [];
  const lines = Array.from({ length: 20 }, (_, n) => `line ${n}`);
  for (const line of lines) {
    const added = setAside.add('segment', [line]);
    // It is there before the line is.
    while (!existsSync(file)) {
      await setImmediate();
    }
    taken.push(...takeFile(file));
    await added;
  }
  await expect.poll(() => setAside.owes('segment')).toBe(false);
  taken.push(...takeFile(file));
  expect(lines.filter((line) => !taken.includes(line))).toEqual([]);
});

function takeFile(file: string): string[] {
  if (!existsSync(file)) {
    return [];
  }
  renameSync(file, `${file}.taken`);
  return readFileSync(`${file}.taken`, 'utf8').trimEnd().split('\n');
}
