import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readInputFile, readSecret, readValidSecrets } from '../../src/commands/read-secret.ts';
import { UsageError } from '../../src/runtime/errors.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

function writeFile(text: string): string {
  const file = join(temporaryDirectory(), 'secret');
  writeFileSync(file, text);
  return file;
}

test('a file goes before the variable, and its last line end is dropped', () => {
  const env = { WEBHOOK_SECRET: 'from the variable' };
  expect(readSecret({ secretFile: writeFile('from the file\n') }, env)).toBe('from the file');
  expect(readSecret({}, env)).toBe('from the variable');
});

test('no secret is wrong use', () => {
  expect(() => readSecret({}, { WEBHOOK_SECRET: '' })).toThrow(
    new UsageError(
      'no secret is configured: give --secret-file, or set WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR',
    ),
  );
});

test.each([
  ['\n', 'is empty'],
  ['planted\n\n', 'contains a control character'],
  [' planted', 'begins or ends with white space'],
  ['"planted"', 'is enclosed in quotes'],
])('a secret %j is wrong use, in a file and in the variable, and is not shown', (text, fault) => {
  const message = (start: string) => new RegExp(`^${start} ${fault}(?!.*planted)`);
  const file = writeFile(text);
  expect(() => readSecret({ secretFile: file }, {})).toThrow(
    message(`--secret-file: the secret in the file ${file}`),
  );
  expect(() => readSecret({}, { WEBHOOK_SECRET: text })).toThrow(message('WEBHOOK_SECRET: the secret'));
});

test('a secret may come through a pipe', () => {
  const file = join(temporaryDirectory(), 'pipe');
  execFileSync('mkfifo', [file]);
  const writer = spawn('sh', ['-c', `echo 'from the pipe' > ${file}`]);
  expect(readSecret({ secretFile: file }, {})).toBe('from the pipe');
  writer.unref();
});

test('of a directory each secret counts that a receiver can use, in the order of their names', () => {
  const secretDir = temporaryDirectory();
  for (const [name, text] of [
    ['next', 'the-next-secret-of-many\n'],
    ['current', 'the-current-secret-here'],
    ['broken', 'planted'],
  ] as const) {
    writeFileSync(join(secretDir, name), text);
  }
  const env = { WEBHOOK_SECRETS_DIR: secretDir };
  expect(readValidSecrets({}, env)).toEqual([
    { label: 'current', value: 'the-current-secret-here' },
    { label: 'next', value: 'the-next-secret-of-many' },
  ]);
  expect(readSecret({}, env)).toBe('the-current-secret-here');
});

test.each([
  [[], 'the directory \\S+ is empty'],
  [['broken'], 'the secret "broken" \\(/.*/broken\\) has 7 characters: use at least 16'],
])('a directory with %j has no usable secret, and the reason shows none', (names, reason) => {
  const secretDir = temporaryDirectory();
  for (const name of names) {
    writeFileSync(join(secretDir, name), 'planted');
  }
  const message = new RegExp(`^WEBHOOK_SECRETS_DIR has no usable secret: ${reason}(?!.*planted)`);
  expect(() => readSecret({}, { WEBHOOK_SECRETS_DIR: secretDir })).toThrow(message);
});

test('a file that cannot be read is wrong use, and its name is shown unless it may be a secret', () => {
  expect(() => readInputFile('--file', '/nowhere/secret')).toThrow(
    /^--file: the file \/nowhere\/secret cannot be read: ENOENT/,
  );
  expect(() => readInputFile('--file', 'planted-secret-itself')).toThrow(
    /^--file: the file cannot be read: ENOENT(?!.*planted)/,
  );
});
