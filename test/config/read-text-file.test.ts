import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTextFile } from '../../src/config/read-text-file.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('a file may have as many bytes as the bound, and not one more', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, 'äb');
  expect(readTextFile(file, 3)).toBe('äb');
  expect(() => readTextFile(file, 2)).toThrow('it has 3 bytes, more than 2');
  writeFileSync(file, Buffer.alloc(1024 * 1024 + 1));
  expect(() => readTextFile(file)).toThrow('it has 1048577 bytes, more than 1048576');
});

test('nothing but a regular file is read, and nobody waits for a writer', () => {
  const directory = temporaryDirectory();
  expect(() => readTextFile(directory)).toThrow('it is a directory');
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  expect(() => readTextFile(pipe)).toThrow('it is a named pipe');
  expect(() => readTextFile('/dev/null')).toThrow('it is not a regular file');
});
