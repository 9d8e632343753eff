import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../src/runtime/make-directory.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('makes a directory and those above it, once', () => {
  const directory = join(temporaryDirectory(), 'a', 'b', 'c');
  makeDirectory(directory);
  makeDirectory(directory);
  expect(statSync(directory).isDirectory()).toBe(true);
});

test('refuses what is a file, or below one', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(() => makeDirectory(file)).toThrow('EEXIST');
  expect(() => makeDirectory(join(file, 'below'))).toThrow('ENOTDIR');
});

test('ends where a file system makes no directories, and says nothing of why', () => {
  expect(() => makeDirectory('/proc/comapi/data')).toThrow('ENOENT');
});
