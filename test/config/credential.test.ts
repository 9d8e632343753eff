import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCredentialFault, findSecretFault, readCredential } from '../../src/config/credential.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test.each(['a', ' a b ', '"a"', 'pässword \u{1f511}', 'amqp://user:p%00@host'])(
  '%j may be a password',
  (text) => {
    expect(findCredentialFault(text)).toBeUndefined();
  },
);

test.each([
  ['', 'is empty'],
  ['\ufeffa', 'begins with a byte order mark'],
  ['a\ufffd', 'is not text in UTF-8'],
  ['a\ud800', 'is not text in UTF-8'],
  ['a\0', 'has a control character'],
  ['a\n', 'has a control character'],
  ['a\tb', 'has a control character'],
  ['a\u007f', 'has a control character'],
  ['a\u0085', 'has a control character'],
])('%j is no credential, and no secret', (text, fault) => {
  expect(findCredentialFault(text)).toContain(fault);
  expect(findSecretFault(text)).toContain(fault);
});

test.each([
  [' a', 'white space'],
  ['a\u3000', 'white space'],
  ["'a'", 'in quotes'],
])('%j may be a password, but no secret', (text, fault) => {
  expect(findSecretFault(text)).toContain(fault);
});

test.each(['a b', `"a'`, `a"`])('%j may be a secret', (text) => {
  expect(findSecretFault(text)).toBeUndefined();
});

test('a file is read each time, and what is wrong names its variable only', () => {
  const file = join(temporaryDirectory(), 'planted');
  writeFileSync(file, 'password\n');
  expect(readCredential('A_FILE', file)).toBe('password');
  writeFileSync(file, 'planted\0');
  expect(() => readCredential('A_FILE', file)).toThrow(
    /^A_FILE: the file has a control character(?!.*planted)/,
  );
  expect(() => readCredential('A_FILE', `${file}.gone`)).toThrow(
    /^A_FILE: the file cannot be read: ENOENT(?!.*planted)/,
  );
});
