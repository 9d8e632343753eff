import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasCode } from '../../src/runtime/has-code.ts';

function errorOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

test('finds the code of an error of the operating system among several', () => {
  const error = errorOf(() => readFileSync('/no/such/file'));
  expect(hasCode(error, 'EPERM', 'ENOENT')).toBe(true);
  expect(hasCode(error, 'EPERM')).toBe(false);
});

test.each([new Error('ENOENT'), { code: 'ENOENT' }, undefined, null])('%s has no code', (error) => {
  expect(hasCode(error, 'ENOENT')).toBe(false);
});
