import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDataDirectory } from '../../../src/stores/journal/check-directory.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

describe('check data directory', () => {
  test('a directory that does not exist yet is judged by its parent, and not made', () => {
    const dataDir = join(temporaryDirectory(), 'a', 'b');
    const { verdict, text } = checkDataDirectory(dataDir);
    expect(text).toContain(`the journal in ${dataDir} is the store`);
    const [, free] = /([\d.]+) GiB are free$/.exec(text) ?? [];
    const { bavail, bsize } = statfsSync(tmpdir());
    expect(Math.abs(Number(free) - (bavail * bsize) / 1024 ** 3)).toBeLessThan(1);
    expect(verdict).toBe(Number(free) < 1 ? 'warning' : 'ok');
    expect(existsSync(dataDir)).toBe(false);
  });

  test('a file in its place is an error', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(checkDataDirectory(join(file, 'data'))).toMatchObject({
      verdict: 'error',
      text: expect.stringContaining(`no right to write in ${file}`),
    });
  });
});
