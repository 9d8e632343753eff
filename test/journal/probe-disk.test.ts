import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeDisk } from '../../src/journal/probe-disk.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('leaves nothing behind on a disk that can be written', async () => {
  const directory = temporaryDirectory();
  await probeDisk(join(directory, 'probe'));
  expect(readdirSync(directory)).toEqual([]);
});

test('throws what the disk answers', async () => {
  await expect(probeDisk(join(temporaryDirectory(), 'missing', 'probe'))).rejects.toThrow('ENOENT');
});
