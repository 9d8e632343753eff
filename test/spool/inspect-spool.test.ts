import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectSpool } from '../../src/spool/inspect-spool.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, openTestSpool } from '../support/test-spool.ts';

test('tells what a spool holds while a receiver uses it', async () => {
  const directory = temporaryDirectory();
  const spool = await openTestSpool(directory);
  await spool.append(
    [1, 2, 3].map((revision) => createEventRecord('a', revision)),
    5_000,
  );
  await spool.drained(await spool.read({ maxRecords: 1, maxBytes: 10_000 }));
  await spool.setAside.add('segment', ['a line']);
  expect(await inspectSpool(directory)).toEqual({
    records: 2,
    bytes: spool.bytes,
    oldest: new Date(120_000).toISOString(),
    setAsideRecords: 1,
  });
});

test('finds nothing where there is no spool yet, and makes none', async () => {
  const directory = join(temporaryDirectory(), 'none');
  expect(await inspectSpool(directory)).toEqual({
    records: 0,
    bytes: 0,
    oldest: undefined,
    setAsideRecords: 0,
  });
  expect(existsSync(directory)).toBe(false);
});
