import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkSpool } from '../../../src/stores/spool/check-spool.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, openTestSpool } from '../../support/test-spool.ts';

describe('check spool', () => {
  const mebibyte = 1024 ** 2;

  test('an empty spool with room for its bound is good', async () => {
    const directory = join(temporaryDirectory(), 'spool');
    expect(await checkSpool({ directory, maxBytes: mebibyte })).toEqual([
      {
        area: 'spool',
        verdict: 'ok',
        text: expect.stringMatching(/spool is empty; it may take 1 MiB and has 0 MiB, \d+ MiB are free$/),
      },
    ]);
  });

  test('says what the spool holds, and since when', async () => {
    const directory = temporaryDirectory();
    const spool = await openTestSpool(directory);
    await spool.append([createEventRecord('a', 1), createEventRecord('a', 2)], 5_000);
    const [result] = await checkSpool({ directory, maxBytes: mebibyte });
    expect(result?.text).toContain('holds 2 records, the oldest received at 1970-01-01T00:01:00.000Z');
  });

  test('a disk that has no room for the bound is a warning', async () => {
    const [result] = await checkSpool({ directory: temporaryDirectory(), maxBytes: Number.MAX_SAFE_INTEGER });
    expect(result).toMatchObject({ verdict: 'warning', advice: expect.stringContaining('Make room') });
  });

  test('records that were set aside are a warning', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'set-aside.jsonl'), '{}\n{}\n');
    const results = await checkSpool({ directory, maxBytes: mebibyte });
    expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'warning']);
    expect(results[1]?.text).toContain('has 2 records that the store does not take');
  });

  test('a place where nothing can be written is an error', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(await checkSpool({ directory: join(file, 'spool'), maxBytes: mebibyte })).toMatchObject([
      { verdict: 'error', text: expect.stringContaining(`no right to write in ${file}`) },
    ]);
  });

  test('a spool that cannot be read is an error', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, '0000000001.jsonl'));
    expect(await checkSpool({ directory, maxBytes: mebibyte })).toMatchObject([
      { verdict: 'error', text: expect.stringContaining('cannot be read') },
    ]);
  });
});
