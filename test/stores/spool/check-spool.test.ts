import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkSpool } from '../../../src/stores/spool/check-spool.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

const mebibyte = 1024 ** 2;

test('a spool with room for its bound is good, and says how much it has', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, '0000000001-00000000.jsonl'), 'x'.repeat(2 * mebibyte));
  expect(await checkSpool({ directory, maxBytes: 4 * mebibyte })).toEqual({
    area: 'spool',
    verdict: 'ok',
    text: expect.stringMatching(/ uses 2 MiB of at most 4 MiB; its disk has \d+ MiB free$/),
  });
});

test('a disk that has no room for the bound is a warning', async () => {
  expect(
    await checkSpool({ directory: temporaryDirectory(), maxBytes: Number.MAX_SAFE_INTEGER }),
  ).toMatchObject({ verdict: 'warning', advice: expect.stringContaining('Free disk space') });
});

test('a place where nothing can be written is an error', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(await checkSpool({ directory: join(file, 'spool'), maxBytes: mebibyte })).toMatchObject({
    verdict: 'error',
    text: `cannot write to the spool ${join(file, 'spool')}: ${file}: this path is a file, not a directory`,
  });
});
