import { expect, test } from 'vitest';
import { toError } from '../../src/runtime/to-error.ts';

test('an error stays what it is; what else was thrown becomes the text and the cause of one', () => {
  const error = new RangeError('too far');
  expect(toError(error)).toBe(error);
  const made = toError({ toString: () => 'no error' });
  expect(made).toBeInstanceOf(Error);
  expect(made.message).toBe('no error');
  expect(made.cause).toBeDefined();
});
