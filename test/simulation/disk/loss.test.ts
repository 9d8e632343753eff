import { constants } from 'node:fs';
import { open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { syncDirectory } from '../../../src/runtime/make-directory.ts';
import { type RunningWorld, startWorld } from '../world/world.ts';
import { type DiskProcess, Machine } from './machine.ts';

interface Parts {
  readonly world: RunningWorld;
  readonly machine: Machine;
  readonly first: DiskProcess;
}

/** Runs the callback with many seeds. @returns the distinct results */
async function collect(work: (parts: Parts) => Promise<unknown>): Promise<unknown[]> {
  const said = new Set<string>();
  for (let seed = 1; seed <= 200; seed += 1) {
    using world = startWorld(seed);
    using machine = new Machine(world);
    let result: unknown = 'nothing';
    void (async () => {
      result = await work({ world, machine, first: machine.start('first') });
    })();
    await world.runFor(1_000);
    said.add(JSON.stringify(result));
  }
  return [...said].toSorted().map((text) => JSON.parse(text) as unknown);
}

async function writeAndSync(file: string, text: string): Promise<void> {
  const handle = await open(file, 'a');
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
}

const readBack = ({ machine }: Parts, name: string) =>
  readFile(join(machine.mount('later').point, name), 'utf8').catch(({ code }: NodeJS.ErrnoException) => code);

test('keeps what was synced, with its name, when the power is cut', async () => {
  const left = await collect(async (parts) => {
    const { point } = parts.first.mount;
    await writeAndSync(join(point, 'a'), 'one');
    await syncDirectory(point);
    parts.machine.cutPower();
    return readBack(parts, 'a');
  });
  expect(left).toEqual(['one']);
});

test('loses any part of what was not synced', async () => {
  const left = await collect(async (parts) => {
    const { point } = parts.first.mount;
    await writeAndSync(join(point, 'a'), 'one');
    await syncDirectory(point);
    const handle = await open(join(point, 'a'), 'a');
    await handle.writeFile('two');
    parts.machine.cutPower();
    return readBack(parts, 'a');
  });
  expect(left).toEqual(
    expect.arrayContaining(['one', 'onet', 'onetw', 'onetwo', 'one\0\0\0', 'one\0wo', 'one\0\0o']),
  );
  expect(left.every((text) => String(text).startsWith('one'))).toBe(true);
});

test('loses a name when its directory was not synced', async () => {
  const left = await collect(async (parts) => {
    await writeAndSync(join(parts.first.mount.point, 'a'), 'one');
    parts.machine.cutPower();
    return readBack(parts, 'a');
  });
  expect(left).toEqual(['ENOENT', 'one']);
});

test('has renamed a file or not, never in part', async () => {
  const left = await collect(async (parts) => {
    const { point } = parts.first.mount;
    await writeAndSync(join(point, 'old'), 'old');
    await writeAndSync(join(point, 'new'), 'new');
    await syncDirectory(point);
    await rename(join(point, 'new'), join(point, 'old'));
    parts.machine.cutPower();
    return [(await readdir(parts.machine.mount('later').point)).toSorted(), await readBack(parts, 'old')];
  });
  expect(left).toEqual([
    [['new', 'old'], 'old'],
    [['old'], 'new'],
  ]);
});

test('does not write again what a failed sync has skipped, although everybody sees it', async () => {
  const left = await collect(async (parts) => {
    const { machine, first } = parts;
    const handle = await open(join(first.mount.point, 'a'), 'a');
    await syncDirectory(first.mount.point);
    await handle.writeFile('one');
    machine.disk.troubles.failing.sync = 1;
    const failure = await handle.sync().catch(({ code }: NodeJS.ErrnoException) => code);
    machine.disk.troubles.failing.sync = 0;
    await handle.sync();
    const seen = await readBack(parts, 'a');
    machine.cutPower();
    return [failure, seen, await readBack(parts, 'a')];
  });
  expect(left).toEqual(
    expect.arrayContaining([
      ['EIO', 'one', 'one'],
      ['EIO', 'one', ''],
    ]),
  );
});

test('carries out calls of a killed process in whole, in part, or not at all, and tells nobody', async () => {
  const left = await collect(async (parts) => {
    const { mount, process } = parts.first;
    const handle = await open(join(mount.point, 'a'), 'a');
    let hasHeard = false;
    void handle.write(Buffer.from('one')).finally(() => {
      hasHeard = true;
    });
    process.end();
    return [await readBack(parts, 'a'), hasHeard];
  });
  expect(left.map((each) => (each as unknown[])[0])).toEqual(['', 'o', 'on', 'one']);
  expect(left.every((each) => (each as unknown[])[1] === false)).toBe(true);
});

test('lets nothing of a stopped process happen until it goes on', async () => {
  const left = await collect(async (parts) => {
    const { world, first } = parts;
    const file = join(first.mount.point, 'a');
    first.mount.pause();
    const written = writeFile(file, 'one').then(() => world.now());
    world.after(300, () => first.mount.resume());
    const before = await readBack(parts, 'a');
    return [before, (await written) >= 300, await readBack(parts, 'a')];
  });
  expect(left).toEqual([['ENOENT', true, 'one']]);
});

test('writes what has room on a full disk, and no more', async () => {
  const left = await collect(async (parts) => {
    const { machine, first } = parts;
    const handle = await open(join(first.mount.point, 'a'), constants.O_CREAT | constants.O_WRONLY);
    machine.disk.troubles.capacityBytes = 2;
    const { bytesWritten } = await handle.write(Buffer.from('one'));
    const failure = await handle.writeFile('more').catch(({ code }: NodeJS.ErrnoException) => code);
    return [bytesWritten, failure, await readBack(parts, 'a')];
  });
  expect(left).toEqual([[2, 'ENOSPC', 'on']]);
});

test('ends no call while the disk hangs', async () => {
  const left = await collect(async ({ world, machine, first }) => {
    machine.disk.troubles.hangsUntilMs = 500;
    await writeFile(join(first.mount.point, 'a'), 'one');
    return world.now() >= 500;
  });
  expect(left).toEqual([true]);
});
