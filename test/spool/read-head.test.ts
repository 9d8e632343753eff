import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockName } from '../../src/journal/directory-lease.ts';
import { DrainPosition } from '../../src/spool/drain-position.ts';
import { readHead } from '../../src/spool/read-head.ts';
import { captureLog } from '../support/captured-log.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const name = '0000000001.jsonl';
const limits = { maxRecords: 10, maxBytes: 1_000 };

function createHead(check: () => void) {
  const directory = join(temporaryDirectory(), 'spool');
  mkdirSync(directory);
  writeFileSync(join(directory, lockName), '');
  const { logger, text } = captureLog();
  const position = new DrainPosition(
    { segments: [{ name, size: 6, records: 1 }], offset: 0 },
    { directory, logger, retryIntervalMs: 20, isKept: () => false, check: async () => {} },
  );
  const head = {
    ...{ directory, position, logger },
    check: async () => check(),
    dropLastSegment: () => position.dropSegment(),
  };
  return { directory, position, text, read: () => readHead(limits, head) };
}

test('drops a segment that somebody has removed', async () => {
  const { read, position, text } = createHead(() => {});
  expect((await read()).lines).toEqual([]);
  expect([position.current, text()]).toEqual([undefined, expect.stringContaining('is gone')]);
});

test('keeps a segment whose directory was away when it was opened, and is back when that is looked at', async () => {
  const { directory, read, position, text } = createHead(() => renameSync(`${directory}-away`, directory));
  writeFileSync(join(directory, name), '"one"\n');
  renameSync(directory, `${directory}-away`);
  await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
  expect([position.current?.segment, text()]).toEqual([name, '']);
  expect((await read()).lines.map(({ text: line }) => line)).toEqual(['"one"']);
});

test('keeps a segment while another directory stands where its own is mounted', async () => {
  const { directory, read, position } = createHead(() => {});
  renameSync(directory, `${directory}-away`);
  mkdirSync(directory);
  await expect(read()).rejects.toMatchObject({ code: 'ENOENT' });
  expect(position.current?.segment).toBe(name);
});
