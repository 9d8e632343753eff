import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countLineFeeds, countLines, countLinesIfAny } from '../../src/spool/count-lines.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('counts lines and bytes from an offset on', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '12\n34\n56\n');
  expect(await countLines(file)).toEqual({ lines: 3, bytes: 9 });
  expect(await countLines(file, 3)).toEqual({ lines: 2, bytes: 6 });
});

test('counts over more than one block', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, `${'x'.repeat(99)}\n`.repeat(30_000));
  expect(await countLines(file)).toEqual({ lines: 30_000, bytes: 3_000_000 });
});

test('counts nothing where there may be no file, and says so where there has to be one', async () => {
  const none = join(temporaryDirectory(), 'none');
  expect(await countLinesIfAny(none)).toEqual({ lines: 0, bytes: 0 });
  await expect(countLines(none)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('counts line feeds only', () => {
  expect(countLineFeeds(Buffer.from('a\r\n\\n\nb'))).toBe(2);
});
