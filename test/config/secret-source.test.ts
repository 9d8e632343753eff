import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSecrets } from '../../src/config/secret-source.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

const secret = 'a secret of enough characters';

describe('readSecrets', () => {
  test('reads a directory as Kubernetes mounts a Secret', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, '..2026_11_24'));
    writeFileSync(join(directory, '..2026_11_24', 'current'), `${secret}\n`);
    writeFileSync(join(directory, '..2026_11_24', 'previous'), ` ${secret}`);
    symlinkSync('..2026_11_24', join(directory, '..data'));
    symlinkSync('..data/current', join(directory, 'current'));
    symlinkSync('..data/previous', join(directory, 'previous'));
    // A key that was removed: the kubelet takes the link away a moment after what it points to.
    symlinkSync('..data/removed', join(directory, 'removed'));
    expect(readSecrets({ kind: 'directory', directory })).toEqual({
      secrets: [
        { label: 'current', value: secret },
        { label: 'previous', value: ` ${secret}` },
      ],
      faults: [],
    });
  });

  test('names each file that is empty, too short or unreadable, and takes the others', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'current'), secret);
    writeFileSync(join(directory, 'empty'), '\n');
    writeFileSync(join(directory, 'short'), 'planted');
    symlinkSync('loop', join(directory, 'loop'));
    const { secrets, faults } = readSecrets({ kind: 'directory', directory });
    expect(secrets).toEqual([{ label: 'current', value: secret }]);
    expect(faults).toEqual([
      { label: 'empty', message: expect.stringContaining('"empty" has 0 characters') },
      { label: 'loop', message: expect.stringContaining('"loop" cannot be read: ELOOP') },
      { label: 'short', message: expect.stringContaining('"short" has 7 characters') },
    ]);
    expect(JSON.stringify(faults)).not.toContain('planted');
  });
});
