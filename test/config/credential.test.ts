import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkCredential,
  findCredentialProblem,
  findSecretProblem,
  quoteValue,
  readCredential,
  readCredentialFile,
  removeTrailingLineBreak,
  rereadCredential,
} from '../../src/config/credential.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('credential', () => {
  test.each(['a', ' a b ', '"a"', 'pässword \u{1f511}', 'amqp://user:p%00@host'])(
    '%j may be a password',
    (text) => {
      expect(findCredentialProblem(text)).toBeUndefined();
    },
  );

  test.each([
    ['', 'is empty'],
    ['\ufeffa', 'begins with a byte order mark'],
    ['a\ufffd', 'is not valid UTF-8'],
    ['a\ud800', 'is not valid UTF-8'],
    ['a\0', 'contains a control character'],
    ['a\n', 'contains a control character'],
    ['a\u007f', 'contains a control character'],
    ['a\u0085', 'contains a control character'],
  ])('%j is no credential, and no secret', (text, fault) => {
    expect(findCredentialProblem(text)).toContain(fault);
    expect(findSecretProblem(text)).toContain(fault);
  });

  test.each([
    [' a', 'white space'],
    ['a\u3000', 'white space'],
    ["'a'", 'in quotes'],
  ])('%j may be a password, but no secret', (text, fault) => {
    expect(findSecretProblem(text)).toContain(fault);
  });

  test.each([
    'the secret of the registration, 36 characters or more',
    '<the secret of the webhook>',
    `\${WEBHOOK_SECRET}-of-production`,
    '{{ .Values.webhookSecret }}',
    '$(openssl rand -hex 24)',
    'changeme-changeme-changeme',
    'CHANGE_THIS_SECRET_NOW',
    'your-webhook-secret-here',
    'placeholder-placeholder',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    '0000000000000000',
  ])('%j stands for a secret, and is none', (text) => {
    expect(findSecretProblem(text)).toContain('placeholder from an example');
    expect(findCredentialProblem(text)).toBeUndefined();
  });

  test.each([
    'a b',
    `"a'`,
    `a"`,
    'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13',
    '3f9c$(a)<b>{{c}}d',
    'exchange-megahertz-yourself',
  ])('%j may be a secret', (text) => {
    expect(findSecretProblem(text)).toBeUndefined();
  });

  test('a file is read each time, and what is wrong names its variable and its file', async () => {
    const file = join(temporaryDirectory(), 'password');
    writeFileSync(file, 'password\n');
    expect(readCredential('A_FILE', file)).toBe('password');
    writeFileSync(file, 'planted\0');
    const unfit = `A_FILE: the file ${file} contains a control character, such as a NUL, a tab or a second line break: remove it`;
    expect(() => readCredential('A_FILE', file)).toThrow(unfit);
    await expect(rereadCredential('A_FILE', file)).rejects.toThrow(unfit);
    const gone = `A_FILE: the file ${file}.gone cannot be read: ENOENT: no such file or directory`;
    expect(() => readCredential('A_FILE', `${file}.gone`)).toThrow(gone);
    await expect(rereadCredential('A_FILE', `${file}.gone`)).rejects.toThrow(gone);
    expect(() => readCredential('A_FILE', 'planted-password')).toThrow(
      /^A_FILE: the file cannot be read: ENOENT(?!.*planted)/,
    );
  });
});

describe('files', () => {
  function writeFile(text: string): string {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, text);
    return file;
  }

  test.each([
    ['value', 'value'],
    ['value\n', 'value'],
    ['value\r\n', 'value'],
    [' "value" \n', ' "value" '],
  ])('the credential of a file with %j is %j', (text, value) => {
    expect(readCredentialFile('A', writeFile(text), [])).toBe(value);
  });

  test.each([
    ['\n', expect.stringMatching(/^the file \/.* is empty\.$/)],
    ['planted\n\n', expect.stringMatching(/^the file \/.* contains a control character/)],
    [
      'planted'.repeat(10_000),
      expect.stringMatching(/^the file \/.* cannot be read: it has 70000 bytes; the limit is 65536\.$/),
    ],
  ])('a credential file with %j is a problem', (text, message) => {
    const problems: ConfigProblem[] = [];
    expect(readCredentialFile('A', writeFile(text), problems)).toBeUndefined();
    expect(problems).toEqual([{ variable: 'A', message }]);
    expect(JSON.stringify(problems)).not.toContain('planted');
  });

  test.each([
    [{ value: undefined, file: undefined }, ['A']],
    [{ value: 'value', file: join(import.meta.dirname, '../fixtures/credential') }, ['A']],
    [{ value: 'value', file: undefined }, []],
  ])('of a variable and its twin exactly one is set: %j', (given, variables) => {
    const problems: ConfigProblem[] = [];
    checkCredential('A', given, problems);
    expect(problems.map(({ variable }) => variable)).toEqual(variables);
  });

  test('a variable that cannot be used is not called missing as well', () => {
    const problems: ConfigProblem[] = [{ variable: 'A', message: 'contains a control character.' }];
    checkCredential('A', { value: undefined, file: undefined }, problems);
    expect(problems).toHaveLength(1);
  });
});

describe('quote value', () => {
  test.each([
    ['loud', '"loud"'],
    ['u:p@h', 'the value'],
    ['a'.repeat(15), `"${'a'.repeat(15)}"`],
    ['a'.repeat(16), 'the value'],
  ])('%s is shown as %s', (value, shown) => {
    expect(quoteValue(value)).toBe(shown);
  });
});

test.each([
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['secret\n\n', 'secret\n'],
  [' secret ', ' secret '],
  ['', ''],
])('of %j one line end is dropped, and nothing else', (text, expected) => {
  expect(removeTrailingLineBreak(text)).toBe(expected);
});
