import { existsSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDataDirectory, probeDirectory } from '../../../src/stores/journal/check-directory.ts';
import { Machine } from '../../simulation/disk/machine.ts';
import { startWorld } from '../../simulation/world/world.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

describe('check data directory', () => {
  test('a directory that does not exist yet is judged by its parent, and not made', async () => {
    const dataDir = join(temporaryDirectory(), 'a', 'b');
    const { verdict, text } = await checkDataDirectory(dataDir);
    expect(text).toContain(`the journal in ${dataDir} is the store`);
    const [, free] = /([\d.]+) GiB are free$/.exec(text) ?? [];
    const { bavail, bsize } = statfsSync(tmpdir());
    expect(Math.abs(Number(free) - (bavail * bsize) / 1024 ** 3)).toBeLessThan(1);
    expect(verdict).toBe(Number(free) < 1 ? 'warning' : 'ok');
    expect(existsSync(dataDir)).toBe(false);
  });

  test.each([
    ['in its place', '', ''],
    ['above it', 'a/b', ''],
    ['in the place of its journal', '', 'journal'],
  ])('a file %s is an error that names the file', async (_, below, name) => {
    const file = join(temporaryDirectory(), name === '' ? 'file' : name);
    writeFileSync(file, '');
    const dataDir = name === '' ? join(file, below) : dirname(file);
    expect(await checkDataDirectory(dataDir)).toEqual({
      area: 'store',
      verdict: 'error',
      text: `cannot write to the journal in ${dataDir}: ${file}: this path is a file, not a directory`,
      advice: 'Set DATA_DIR to a directory that this user can write to.',
    });
  });

  test('a place where no directory can be made is an error that names it', async () => {
    expect(await checkDataDirectory('/proc/comapi/data')).toMatchObject({
      verdict: 'error',
      text: 'cannot write to the journal in /proc/comapi/data: /proc: the file system cannot create a directory there (ENOENT)',
    });
  });

  test('a full disk is an error, though a file can be made there', async () => {
    using world = startWorld(1);
    using machine = new Machine(world);
    const { point } = machine.mount('first');
    machine.disk.troubles.capacityBytes = 1_000;
    const checked = probeDirectory(point, 'DATA_DIR');
    await world.runFor(5_000);
    expect(await checked).toEqual({
      why: `${point}: the disk is full (ENOSPC)`,
      advice: 'Free space on the disk of this directory. When the disk is full, the receiver returns 503.',
    });
  });
});
