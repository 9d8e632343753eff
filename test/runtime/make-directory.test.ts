import { statSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../src/runtime/make-directory.ts';
import { Machine } from '../simulation/disk/machine.ts';
import { startWorld } from '../simulation/world/world.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('makes a directory and those above it, once', async () => {
  const directory = join(temporaryDirectory(), 'a', 'b', 'c');
  await makeDirectory(directory, 'DATA_DIR');
  await makeDirectory(directory, 'DATA_DIR');
  expect(statSync(directory).isDirectory()).toBe(true);
});

test('refuses what is a file, or below one', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  await expect(makeDirectory(file, 'DATA_DIR')).rejects.toThrow(
    `DATA_DIR: the directory ${file} cannot be used: a file with this name exists (EEXIST). Set DATA_DIR to a directory that`,
  );
  await expect(makeDirectory(join(file, 'below'), 'SPOOL_DIR')).rejects.toThrow(
    /^SPOOL_DIR: .* a parent of the directory is a file \(ENOTDIR\)/,
  );
});

test('ends where a file system makes no directories, and says nothing of why', async () => {
  await expect(makeDirectory('/proc/comapi/data', 'DATA_DIR')).rejects.toThrow('ENOENT');
});

test('keeps the names of what it has made when the machine loses its power', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    using world = startWorld(seed);
    using machine = new Machine(world);
    const { point } = machine.mount('first');
    const made = makeDirectory(join(point, 'a', 'b'), 'DATA_DIR');
    await world.runFor(1_000);
    await made;
    machine.cutPower();
    const found = stat(join(point, 'a', 'b'));
    await world.runFor(1_000);
    expect((await found).isDirectory()).toBe(true);
  }
});

test('leaves no directory whose name may be lost', async () => {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { point } = machine.mount('first');
  machine.disk.troubles.failing.sync = 1;
  const made = makeDirectory(join(point, 'a'), 'DATA_DIR');
  const refused = expect(made).rejects.toThrow('EIO');
  await world.runFor(1_000);
  await refused;
  const found = expect(stat(join(point, 'a'))).rejects.toThrow('ENOENT');
  await world.runFor(1_000);
  await found;
});
