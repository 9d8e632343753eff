import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../src/runtime/make-directory.ts';
import { Machine } from '../simulation/disk/machine.ts';
import { startWorld } from '../simulation/world/world.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('makes a directory and those above it, once', () => {
  const directory = join(temporaryDirectory(), 'a', 'b', 'c');
  makeDirectory(directory, 'DATA_DIR');
  makeDirectory(directory, 'DATA_DIR');
  expect(statSync(directory).isDirectory()).toBe(true);
});

test('refuses what is a file, or below one', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(() => makeDirectory(file, 'DATA_DIR')).toThrow(
    `DATA_DIR: the directory ${file} cannot be used: it is a file (EEXIST). Set DATA_DIR to a directory that`,
  );
  expect(() => makeDirectory(join(file, 'below'), 'SPOOL_DIR')).toThrow(
    /^SPOOL_DIR: .* a part of its path is a file \(ENOTDIR\)/,
  );
});

test('ends where a file system makes no directories, and says nothing of why', () => {
  expect(() => makeDirectory('/proc/comapi/data', 'DATA_DIR')).toThrow('ENOENT');
});

test('keeps the names of what it has made when the machine loses its power', () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    using world = startWorld(seed);
    using machine = new Machine(world);
    const { point } = machine.mount('first');
    makeDirectory(join(point, 'a', 'b'), 'DATA_DIR');
    machine.cutPower();
    expect(statSync(join(point, 'a', 'b')).isDirectory()).toBe(true);
  }
});

test('leaves no directory whose name may be lost', () => {
  using world = startWorld(1);
  using machine = new Machine(world);
  const { point } = machine.mount('first');
  machine.disk.troubles.failing.sync = 1;
  expect(() => makeDirectory(join(point, 'a'), 'DATA_DIR')).toThrow('EIO');
  expect(statSync(join(point, 'a'), { throwIfNoEntry: false })).toBeUndefined();
});
