import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { openDiskWatch, probeDisk } from '../../../src/stores/journal/disk-watch.ts';
import { Machine } from '../../simulation/disk/machine.ts';
import { startWorld } from '../../simulation/world/world.ts';
import { captureLog } from '../../support/captured-log.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

async function startWatch() {
  const directory = temporaryDirectory();
  const log = captureLog();
  const facts: { obstacle?: Error } = {};
  const watch = await openDiskWatch({
    ...{ directory, name: 'spool', logger: log.logger, probeIntervalMs: 10 },
    async check() {
      if (facts.obstacle !== undefined) {
        throw facts.obstacle;
      }
    },
  });
  onTestFinished(() => watch.stop());
  return { directory, log, watch, facts };
}
const fail = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

test.each([
  ['ENOSPC', 'sink_full', 'The disk of the spool is full', '. Free disk space'],
  ['EDQUOT', 'sink_full', 'The disk of the spool is full', '. Free disk space'],
  ['EIO', 'sink_unavailable', 'Cannot write to the spool', ''],
  [
    'EACCES',
    'sink_unavailable',
    'Cannot write to the spool',
    ` (this process has the user id ${process.getuid?.()})`,
  ],
])('makes a sink error of %s that names the directory, and keeps it', async (errno, code, what, next) => {
  const { directory, watch } = await startWatch();
  const message = `${what} (${directory})${next}`;
  await expect(watch.write(fail(errno))).rejects.toMatchObject({ code, message });
  expect(watch.failure).toMatchObject({ code, message });
});

test('forgets the fault when the disk can be written again, and nothing else is in the way', async () => {
  const { directory, log, watch, facts } = await startWatch();
  rmSync(directory, { recursive: true });
  await expect(watch.write(fail('EIO'))).rejects.toThrow();
  await expect.poll(() => watch.failure?.cause).toMatchObject({ code: 'ENOENT' });
  facts.obstacle = new Error('the lock is gone');
  mkdirSync(directory);
  await expect.poll(() => watch.failure?.cause).toBe(facts.obstacle);
  delete facts.obstacle;
  await expect.poll(() => watch.failure).toBeUndefined();
  expect(log.lines.map(({ msg }) => msg).slice(1)).toEqual(['the spool is writable again']);
});

test("takes a directory that is another one's for no fault of the disk", async () => {
  const { watch } = await startWatch();
  const taken = new SinkError('sink_unavailable', 'taken over');
  await expect(watch.write(() => Promise.reject(taken))).rejects.toBe(taken);
  expect(watch.failure).toBeUndefined();
});

test('tells of a full disk before anybody writes, and when there is room', async () => {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { logger, text } = captureLog();
  machine.disk.troubles.capacityBytes = 1_000;
  const directory = machine.mount('first').point;
  const opened = openDiskWatch({
    ...{ directory, name: 'journal', logger, probeIntervalMs: 100 },
    check: async () => {},
  });
  await world.runFor(5_000);
  const watch = await opened;
  expect(watch.failure).toMatchObject({ code: 'sink_full' });
  expect(text()).toContain('The disk of the journal is full');
  machine.disk.troubles.capacityBytes = Number.POSITIVE_INFINITY;
  await world.runFor(5_000);
  expect(watch.failure).toBeUndefined();
  watch.stop();
});

describe('probeDisk', () => {
  test('leaves nothing behind on a disk that can be written', async () => {
    const directory = temporaryDirectory();
    await probeDisk(join(directory, 'probe'));
    expect([readdirSync(directory), openFilesIn(directory)]).toEqual([[], []]);
  });

  test('throws what the disk answers to a sync', async () => {
    using world = startWorld(1);
    using machine = new Machine(world);
    machine.disk.troubles.failing.sync = 1;
    const refused = expect(probeDisk(join(machine.mount('first').point, 'probe'))).rejects.toThrow('EIO');
    await world.runFor(5_000);
    await refused;
  });
});
