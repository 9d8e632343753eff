import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkCredential, checkReadable, readCredentialFile, readOrReport } from '../../src/config/files.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

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
  ['\n', 'the file is empty.'],
  ['planted\n\n', expect.stringContaining('the file has a control character')],
  ['planted'.repeat(10_000), 'the file cannot be read: it has 70000 bytes, more than 65536.'],
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
  const problems: ConfigProblem[] = [{ variable: 'A', message: 'has a control character.' }];
  checkCredential('A', { value: undefined, file: undefined }, problems);
  expect(problems).toHaveLength(1);
});

test.each(['/nowhere/planted', '\0planted'])(
  'a file that cannot be read is a problem that does not show its name',
  (file) => {
    const problems: ConfigProblem[] = [];
    expect(readOrReport('A', file, problems)).toBeUndefined();
    expect(problems).toEqual([
      { variable: 'A', message: expect.stringMatching(/^the file cannot be read: /) },
    ]);
    expect(JSON.stringify(problems)).not.toContain('planted');
  },
);

test('each named file is checked, and those that are not named are not', () => {
  const problems: ConfigProblem[] = [];
  checkReadable({ A: '/nowhere', B: undefined, C: writeFile(''), D: '/nowhere' }, problems);
  expect(problems.map(({ variable }) => variable)).toEqual(['A', 'D']);
});
