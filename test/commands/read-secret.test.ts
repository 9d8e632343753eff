import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInputFile, readSecret } from '../../src/commands/read-secret.ts';
import { UsageError } from '../../src/runtime/usage-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

function writeFile(text: string): string {
  const file = join(temporaryDirectory(), 'secret');
  writeFileSync(file, text);
  return file;
}

test('a file goes before the variable, and its last line end is dropped', () => {
  const env = { WEBHOOK_SECRET: 'from the variable' };
  expect(readSecret(writeFile('from the file\n'), env)).toBe('from the file');
  expect(readSecret(undefined, env)).toBe('from the variable');
});

test.each([
  [undefined, 'no secret: give --secret-file or set WEBHOOK_SECRET'],
  ['', 'the file that --secret-file names is empty'],
])('no secret is wrong use', (text, message) => {
  const file = text === undefined ? undefined : writeFile(text);
  expect(() => readSecret(file, { WEBHOOK_SECRET: '' })).toThrow(new UsageError(message));
});

test.each([
  ['\n', 'is empty'],
  ['planted\n\n', 'has a control character'],
  [' planted', 'begins or ends with white space'],
  ['"planted"', 'is in quotes'],
])('a secret %j is wrong use, in a file and in the variable, and is not shown', (text, fault) => {
  const message = (start: string) => new RegExp(`^${start}: the secret ${fault}(?!.*planted)`);
  expect(() => readSecret(writeFile(text), {})).toThrow(message('--secret-file'));
  expect(() => readSecret(undefined, { WEBHOOK_SECRET: text })).toThrow(message('WEBHOOK_SECRET'));
});

test('a secret may come through a pipe', () => {
  const file = join(temporaryDirectory(), 'pipe');
  execFileSync('mkfifo', [file]);
  const writer = spawn('sh', ['-c', `echo 'from the pipe' > ${file}`]);
  expect(readSecret(file, {})).toBe('from the pipe');
  writer.unref();
});

test('a file that cannot be read is wrong use, and its name is not shown', () => {
  expect(() => readInputFile('--file', '/nowhere/planted')).toThrow(
    /^--file: the file cannot be read: ENOENT(?!.*planted)/,
  );
});
