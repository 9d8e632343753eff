import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDirectory } from '../../src/journal/directory-lock.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('a directory is locked once, until it is released', () => {
  const directory = join(temporaryDirectory(), 'made', 'on', 'the', 'way');
  const lock = lockDirectory(directory);
  expect(() => lockDirectory(directory)).toThrow(`is in use by process ${process.pid}`);
  lock.release();
  expect(existsSync(join(directory, 'lock'))).toBe(false);
  lockDirectory(directory).release();
});

test.each([
  ['of a process that has ended', String(spawnSync(process.execPath, ['--version']).pid)],
  ['of an earlier process with the same id', `${process.pid} 1`],
  ['that is no process id', 'nonsense'],
])('a lock %s is taken over', (_what, content) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'lock'), content);
  const lock = lockDirectory(directory);
  expect(readFileSync(join(directory, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  lock.release();
});
