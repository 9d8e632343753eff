import { expect, test } from 'vitest';
import { byteAt, skipWhiteSpace } from '../../src/webhook/json-bytes.ts';

test.each([
  [' \t\r\n1', 4],
  ['1', 0],
  ['   ', 3],
  ['\u00a01', 0],
  ['\u000b1', 0],
  ['', 0],
])('skips the white space of JSON in %j', (text, index) => {
  expect(skipWhiteSpace(Buffer.from(text), 0)).toBe(index);
});

test('there is no byte of JSON after the last one', () => {
  const bytes = Buffer.from('{}{}').subarray(0, 2);
  expect([byteAt(bytes, 1), byteAt(bytes, 2), byteAt(bytes, 3)]).toEqual([0x7d, 0, 0]);
});
