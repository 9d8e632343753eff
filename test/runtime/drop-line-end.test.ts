import { expect, test } from 'vitest';
import { dropLineEnd } from '../../src/runtime/drop-line-end.ts';

test.each([
  ['secret\n', 'secret'],
  ['secret\r\n', 'secret'],
  ['secret\n\n', 'secret\n'],
  [' secret ', ' secret '],
  ['', ''],
])('of %j one line end is dropped, and nothing else', (text, expected) => {
  expect(dropLineEnd(text)).toBe(expected);
});
