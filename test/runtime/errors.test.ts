import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { causesOf, hasCode, toError } from '../../src/runtime/errors.ts';

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

test('an error stays what it is; what else was thrown becomes the text and the cause of one', () => {
  const error = new RangeError('too far');
  expect(toError(error)).toBe(error);
  const made = toError({ toString: () => 'no error' });
  expect(made).toBeInstanceOf(Error);
  expect(made.message).toBe('no error');
  expect(made.cause).toBeDefined();
});

test('an error comes before what caused it, and each comes once', () => {
  const first = new Error('first');
  const last = new Error('last', { cause: first });
  expect(causesOf(last)).toEqual([last, first]);
  first.cause = last;
  expect(causesOf(last)).toEqual([last, first]);
  expect(causesOf('no error')).toEqual([]);
});
