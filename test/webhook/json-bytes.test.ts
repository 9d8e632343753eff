import { expect, test } from 'vitest';
import { endOfString, skipWhiteSpace, trimJson } from '../../src/webhook/json-bytes.ts';

test.each([
  [' \t\r\n1', 4],
  ['1', 0],
  ['   ', 3],
  ['\u00a01', 0],
])('skips the white space of JSON in %j', (text, index) => {
  const bytes = Buffer.from(text);
  expect(skipWhiteSpace(bytes, 0, bytes.length)).toBe(index);
});

test('skips no further than the end', () => {
  expect(skipWhiteSpace(Buffer.from('    1'), 1, 3)).toBe(3);
});

test.each([
  [' {"a": 1}\n', '{"a": 1}'],
  ['1', '1'],
  [' \n ', ''],
])('trims %j', (text, trimmed) => {
  const bytes = Buffer.from(text);
  expect(trimJson(bytes, 0, bytes.length).toString()).toBe(trimmed);
});

test.each([
  ['"abc" ', 4],
  [String.raw`"a\"b" `, 5],
  [String.raw`"a\\" "`, 4],
  ['"é€" ', 6],
])('finds the quote that ends %s', (text, index) => {
  expect(endOfString(Buffer.from(text), 0)).toBe(index);
});

test.each(['"abc', String.raw`"abc\"`, String.raw`"abc\\\\\\"`.slice(0, -1)])('finds none in %s', (text) => {
  const bytes = Buffer.from(text);
  expect(endOfString(bytes, 0)).toBeGreaterThanOrEqual(bytes.length);
});
