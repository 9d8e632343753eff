import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureDevelopmentSecret } from '../../src/config/development-secret.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';

test('is generated once, in a new directory, for its owner only', () => {
  const file = join(temporaryDirectory(), 'new', 'secret');
  ensureDevelopmentSecret(file);
  const first = readFileSync(file, 'utf8');
  expect(first.trimEnd()).toMatch(/^[\w-]{32}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  ensureDevelopmentSecret(file);
  expect(readFileSync(file, 'utf8')).toBe(first);
});

test('fails where no directory can be made', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(() => ensureDevelopmentSecret(join(file, 'below', 'secret'))).toThrow(/ENOTDIR|EEXIST/);
});
