import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkReadable, readOrReport, readPem, readTextFile } from '../../src/config/read-text-file.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('read text file', () => {
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
});

describe('pem', () => {
  test('PEM in a file is read anew each time; text is taken as it is', () => {
    const file = join(temporaryDirectory(), 'a.pem');
    writeFileSync(file, 'first');
    expect(readPem({ file })).toBe('first');
    writeFileSync(file, 'second');
    expect(readPem({ file })).toBe('second');
    expect(readPem({ text: 'as it is' })).toBe('as it is');
  });
});

describe('a file that a variable names', () => {
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
    checkReadable({ A: '/nowhere', B: undefined, C: import.meta.filename, D: '/nowhere' }, problems);
    expect(problems.map(({ variable }) => variable)).toEqual(['A', 'D']);
  });
});
