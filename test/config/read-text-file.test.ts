import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  checkReadable,
  isFileName,
  readFileOrReport,
  readPem,
  readTextFile,
  readTextFileAsync,
} from '../../src/config/read-text-file.ts';
import type { ConfigProblem } from '../../src/runtime/config-error.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

describe('read text file', () => {
  test('a file may have as many bytes as the bound, and not one more', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, 'äb');
    expect(readTextFile(file, 3)).toBe('äb');
    expect(() => readTextFile(file, 2)).toThrow('it has 3 bytes; the limit is 2');
    writeFileSync(file, Buffer.alloc(1024 * 1024 + 1));
    expect(() => readTextFile(file)).toThrow('it has 1048577 bytes; the limit is 1048576');
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
  const directory = mkdtempSync(join(tmpdir(), 'named-'));
  writeFileSync(join(directory, 'current'), '');
  symlinkSync('gone', join(directory, 'hanging'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([
    ['/nowhere/else/ca.crt', 'ENOENT: no such file or directory: the directory /nowhere does not exist'],
    [
      `${directory}/curent`,
      `ENOENT: no such file or directory: the nearest name in ${directory} is "current"`,
    ],
    [`${directory}/other`, 'ENOENT: no such file or directory'],
    [`${directory}/hanging`, 'ENOENT: no such file or directory'],
    [`${directory}/current/ca.crt`, 'ENOTDIR: not a directory'],
    [directory, 'it is a directory'],
    ['src/nowhere', 'ENOENT: no such file or directory'],
    ['packge.json', 'ENOENT: no such file or directory: the nearest name in . is "package.json"'],
  ])('%s that cannot be read is a problem that names it', (file, why) => {
    const problems: ConfigProblem[] = [];
    expect(readFileOrReport('A', file, problems)).toBeUndefined();
    const [{ variable, message } = {}] = problems;
    expect(variable).toBe('A');
    const start = `the file ${file} cannot be read: `;
    expect(message?.slice(0, start.length)).toBe(start);
    expect(message?.slice(start.length).replace(/\.$/, '')).toEqual(why);
  });

  test.each(['planted-secret-of-a-webhook', '\0planted', '/run/secrets/\nplanted'])(
    '%j may be a secret, and is not shown',
    (file) => {
      const problems: ConfigProblem[] = [];
      expect(readFileOrReport('A', file, problems)).toBeUndefined();
      expect(problems).toEqual([
        {
          variable: 'A',
          message: expect.stringMatching(
            /^the file cannot be read: .*does not look like a path, so it is not shown/,
          ),
        },
      ]);
      expect(JSON.stringify(problems)).not.toContain('planted');
    },
  );

  test.runIf(process.getuid?.() !== 0)('what the system refuses names the user', () => {
    const file = join(directory, 'closed');
    writeFileSync(file, '', { mode: 0 });
    const problems: ConfigProblem[] = [];
    expect(readFileOrReport('A', file, problems)).toBeUndefined();
    expect(problems[0]?.message).toBe(
      `the file ${file} cannot be read: EACCES: permission denied (this process has the user id ${process.getuid?.()}).`,
    );
  });

  test('while the process serves it is named as well, and read once for all who want it meanwhile', async () => {
    const read = readTextFileAsync(import.meta.filename);
    expect(readTextFileAsync(import.meta.filename)).toBe(read);
    await read;
    expect(readTextFileAsync(import.meta.filename)).not.toBe(read);
    await expect(readTextFileAsync(directory)).rejects.toThrow(
      `the file ${directory} cannot be read: it is a directory`,
    );
  });

  test('each named file is checked, and those that are not named are not', () => {
    const problems: ConfigProblem[] = [];
    checkReadable({ A: '/nowhere', B: undefined, C: import.meta.filename, D: '/nowhere' }, problems);
    expect(problems.map(({ variable }) => variable)).toEqual(['A', 'D']);
  });
});

describe('the name of a file', () => {
  test.each(['/run/secrets/webhook/current', '/nowhere/planted', '../certs/ca.pem', 'ca.pem'])(
    '%s is shown',
    (file) => {
      expect(isFileName(file)).toBe(true);
    },
  );

  test.each([
    'planted',
    'f28a115c3ad4b31af27a82d5a89b0d54460f785a',
    // Base64 text may contain slashes, so this text is not a file path.
    '/4AAQSkZJRgABAQ/AAAQABAAD/2wBDAAgGBgcGBQg=',
    'QSkZJ/RgABAQAAAQABAADplanted',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.planted',
    'amqp://user:planted@host/run',
    '-----BEGIN PRIVATE KEY-----\n/run/planted',
    '/run/planted\0',
    '',
  ])('%j may be a secret', (text) => {
    expect(isFileName(text)).toBe(false);
  });
});
