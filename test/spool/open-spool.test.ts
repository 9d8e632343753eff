import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { captureLog } from '../support/captured-log.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, openTestSpool, segmentsIn } from '../support/test-spool.ts';

test('refuses a directory that another process has', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  await expect(openTestSpool(directory)).rejects.toThrow(`is in use by process ${process.pid}`);
  await first.close();
  await openTestSpool(directory);
});

test('logs a torn line that it cuts off', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory);
  await first.append([createEventRecord('a', 1)], 5_000);
  await first.close();
  writeFileSync(join(directory, '0000000002.jsonl'), '{"torn');
  const log = captureLog();
  const second = await openTestSpool(directory, { logger: log.logger });
  expect(second.records).toBe(1);
  expect(log.lines).toMatchObject([{ level: 'warn', segment: '0000000002.jsonl', bytes: 6 }]);
});

test('lets go of the directory when it cannot be opened', async () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'not-a-directory'), '');
  await expect(openTestSpool(join(directory, 'not-a-directory'))).rejects.toThrow();
  await openTestSpool(directory);
});

test('gives the disk space back of what an earlier process drained and could not remove', async () => {
  const directory = temporaryDirectory();
  const first = await openTestSpool(directory, { maxBytes: 2_000, maxSegmentBytes: 2_000 });
  await first.append([createEventRecord('a', 1, 1_800)], 5_000);
  await first.drained(await first.read({ maxRecords: 10, maxBytes: 4_096 }));
  await first.close();
  expect(segmentsIn(directory)).toHaveLength(1);

  const second = await openTestSpool(directory, { maxBytes: 2_000, maxSegmentBytes: 2_000 });
  expect([second.problem, second.bytes, segmentsIn(directory)]).toEqual([undefined, 0, []]);
  await second.append([createEventRecord('a', 2, 1_800)], 5_000);
});
