import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sampleRecords } from '../../support/sampled-records.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, drainWaiting, openTestSpool, spoolRecords } from '../../support/test-spool.ts';

const limits = { maxRecords: 100, maxBytes: 1024 * 1024 };

async function startSpool() {
  const directory = temporaryDirectory();
  const sampler = sampleRecords();
  const spool = await openTestSpool(directory, { sampler });
  const append = () =>
    spoolRecords(
      spool,
      [1, 2, 3].map((revision) => createEventRecord('a', revision)),
    );
  return { directory, spool, append, taken: sampler.taken };
}

test('a line that waits in the spool is there; one that was drained is nobody’s any more', async () => {
  const { spool, append, taken } = await startSpool();
  await append();
  expect(await taken[0]?.readBack()).toEqual({ outcome: 'same', detail: '' });
  await drainWaiting(spool, limits);
  expect(await taken[0]?.readBack()).toEqual({ outcome: 'removed', detail: 'it was drained' });
  await spool.release();
  expect(await taken[0]?.readBack()).toEqual({ outcome: 'removed', detail: 'it was drained' });
  await append();
  expect(await taken.at(-1)?.readBack()).toEqual({ outcome: 'same', detail: '' });
});

test('of two lines the first is drained, and the next one waits', async () => {
  const { spool, taken } = await startSpool();
  await spoolRecords(spool, [createEventRecord('a', 1)]);
  await spoolRecords(spool, [createEventRecord('a', 2)]);
  await drainWaiting(spool, { ...limits, maxRecords: 1 });
  const found = await Promise.all(taken.map((each) => each.readBack()));
  expect(found.map(({ outcome }) => outcome)).toEqual(['removed', 'same']);
});

test('a segment that somebody removes before it was drained is found out', async () => {
  const { directory, append, taken } = await startSpool();
  await append();
  const file = join(directory, taken[0]?.place.split('/')[0] ?? '');
  renameSync(file, `${file}.kept`);
  expect(await taken[0]?.readBack()).toMatchObject({ outcome: 'missing' });
  renameSync(`${file}.kept`, file);
  expect(await taken[0]?.readBack()).toEqual({ outcome: 'same', detail: '' });
  rmSync(file);
  expect(await taken[0]?.readBack()).toMatchObject({ outcome: 'missing' });
});
