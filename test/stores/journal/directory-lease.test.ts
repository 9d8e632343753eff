import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { acquireLease, type LeaseOptions } from '../../../src/stores/journal/directory-lease.ts';
import { describeOwnProcess } from '../../../src/stores/journal/lease-holder.ts';
import { Machine } from '../../simulation/disk/machine.ts';
import { startWorld } from '../../simulation/world/world.ts';
import { openFilesIn } from '../../support/open-files.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

async function acquireTestLease(directory: string, options: Partial<LeaseOptions> = {}) {
  const lease = await acquireLease({ directory, ...options });
  onTestFinished(() => lease.release());
  return lease;
}

const lockIn = (directory: string) => join(directory, 'lock');

test('a directory is taken once, until it is released', async () => {
  const directory = temporaryDirectory();
  const lease = await acquireTestLease(directory);
  await lease.check();
  await expect(acquireLease({ directory })).rejects.toThrow(
    `${directory} is in use by process ${process.pid} on `,
  );
  await lease.release();
  expect([existsSync(lockIn(directory)), openFilesIn(directory)]).toEqual([false, []]);
  await (await acquireTestLease(directory)).check();
});

/** Minimum time for which a process watches a lock before takeover, if the holder of the lock may still be running. */
const watchedMs = 9_900;
const own = (await describeOwnProcess()).split(' ');
const gonePid = String(spawnSync(process.execPath, ['--version']).pid);

test.each([
  ['of a process that has ended', [gonePid, ...own.slice(1)]],
  ['of an earlier process with the same id', [own[0], '0', ...own.slice(2)]],
])('a lock %s is taken over at once', async (_what, words) => {
  const directory = temporaryDirectory();
  writeFileSync(lockIn(directory), words.join(' '));
  const before = performance.now();
  await (await acquireTestLease(directory)).check();
  expect(performance.now() - before).toBeLessThan(watchedMs);
  expect(readFileSync(lockIn(directory), 'utf8')).toMatch((await describeOwnProcess()).trim());
});

test('says once that the lock cannot be renewed', async () => {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { process: holder, mount } = machine.start('first');
  const stale: unknown[] = [];
  holder.run(() => void acquireLease({ directory: mount.point, onStale: (error) => stale.push(error) }));
  await world.runFor(1_000);
  machine.disk.troubles.isReadOnly = true;
  await world.runFor(5_000);
  expect(stale).toMatchObject([{ code: 'EROFS' }]);
  machine.disk.troubles.isReadOnly = false;
  await world.runFor(5_000);
  machine.disk.troubles.isReadOnly = true;
  await world.runFor(5_000);
  expect(stale).toHaveLength(2);
});

/** Runs a function in a simulated process, with a simulated disk and clock. */
async function inSimulatedProcess(
  work: (
    directory: string,
    now: () => number,
    machine: Machine,
    openFiles: ReadonlyMap<object, string>,
  ) => Promise<void>,
): Promise<void> {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { process: taker, mount } = machine.start('first');
  const ended = taker.run(() => work(mount.point, world.now, machine, mount.openFiles)) as Promise<void>;
  await world.runFor(60_000);
  await ended;
  expect(world.uncaught).toEqual([]);
}

test.for([
  ['of a process in another container', ['1', '1', 'elsewhere', 'pod-7']],
  ['that was written only in part', [String(process.pid), '1']],
  ['that names nobody', []],
] as const)('a lock %s is taken over when it has not changed for ten seconds', ([, words]) =>
  inSimulatedProcess(async (directory, now) => {
    await writeFile(lockIn(directory), words.join(' '));
    const before = now();
    const lease = await acquireLease({ directory });
    await lease.check();
    expect(now() - before).toBeGreaterThan(watchedMs);
    await lease.release();
  }),
);

test('a lock that changes is held, whatever the clock of the one that holds it says', () =>
  inSimulatedProcess(async (directory) => {
    await writeFile(lockIn(directory), '1 1 elsewhere pod-7');
    const lock = await open(lockIn(directory), 'r+');
    setTimeout(() => void lock.utimes(5, 5), 9_000);
    await expect(acquireLease({ directory })).rejects.toThrow('is in use by process 1 on pod-7');
    await lock.close();
  }));

test('of two that find nobody at once, one has the directory', () =>
  inSimulatedProcess(async (directory) => {
    const leases = await Promise.all([acquireLease({ directory }), acquireLease({ directory })]);
    const checks = await Promise.allSettled(leases.map((lease) => lease.check()));
    expect(checks.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await Promise.all(leases.map((lease) => lease.release()));
  }));

test('a directory that is unavailable is not lost: once it is back its lock is renewed again', () =>
  inSimulatedProcess(async (root, _now, { disk }) => {
    const directory = join(root, 'spool');
    await mkdir(directory);
    const lease = await acquireLease({ directory });
    disk.troubles.isAway = true;
    await delay(5_000);
    await expect(lease.check()).rejects.toThrow('ENOENT');
    disk.troubles.isAway = false;
    const before = await stat(lockIn(directory));
    await delay(5_000);
    expect((await stat(lockIn(directory))).mtimeMs).toBeGreaterThan(before.mtimeMs);
    await lease.check();
    await lease.release();
  }));

test('a directory that comes and goes while somebody looks is not lost', async () => {
  const directory = join(temporaryDirectory(), 'spool');
  mkdirSync(directory);
  const lease = await acquireTestLease(directory);
  const flipping = (async () => {
    for (let i = 0; i < 1_000; i += 1) {
      await rename(directory, `${directory}-away`);
      await rename(`${directory}-away`, directory);
    }
    return 'all flips';
  })();
  const looking = (async () => {
    for (;;) {
      await lease.check().catch((error: Error) => {
        if (error instanceof SinkError) {
          throw error;
        }
      });
    }
  })();
  expect(await Promise.race([flipping, looking])).toBe('all flips');
});

test('the wait for a directory ends at a signal', async () => {
  const directory = temporaryDirectory();
  writeFileSync(lockIn(directory), '1 1 elsewhere pod-7');
  const stopped = new AbortController();
  setTimeout(() => stopped.abort(), 100);
  await expect(acquireLease({ directory, signal: stopped.signal })).rejects.toThrow('aborted');
});

test('is not lost when it is released while somebody looks', async () => {
  const lease = await acquireLease({ directory: temporaryDirectory() });
  const lost = vi.fn();
  void lease.lost.then(lost);
  const looking = (async () => {
    for (;;) {
      await lease.check();
    }
  })();
  // A check may fail before the release has finished.
  const failure = expect(looking).rejects.toThrow('was taken over');
  await lease.release();
  await failure;
  expect(lost).not.toHaveBeenCalled();
});

test('on a full disk a lock that names nobody is as good', () =>
  inSimulatedProcess(async (directory, _now, { disk }) => {
    disk.troubles.capacityBytes = 0;
    const lease = await acquireLease({ directory });
    expect(await readFile(lockIn(directory), 'utf8')).toBe('');
    await lease.check();
    await lease.release();
  }));

test('on a disk that fails there is no lock, and no file stays open', () =>
  inSimulatedProcess(async (directory, _now, { disk }, openFiles) => {
    disk.troubles.failing.write = 1;
    await expect(acquireLease({ directory })).rejects.toMatchObject({ code: 'EIO' });
    expect([await readdir(directory), openFiles.size]).toEqual([[], 0]);
  }));
