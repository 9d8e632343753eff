import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkReadable, readCredentialFile, readOrReport } from '../../src/config/files.ts';
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
  [' value \n\n', ' value \n'],
])('the credential of a file with %j is %j', (text, value) => {
  expect(readCredentialFile('A', writeFile(text), [])).toBe(value);
});

test('a credential file without a credential is a problem', () => {
  const problems: ConfigProblem[] = [];
  readCredentialFile('A', writeFile('\n'), problems);
  expect(problems).toEqual([{ variable: 'A', message: 'the file is empty.' }]);
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
