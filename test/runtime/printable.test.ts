import { expect, test } from 'vitest';
import { toPrintable } from '../../src/runtime/printable.ts';

test.each([
  ['plain text, ä and \u{1f511}\nin two lines\n', 'plain text, ä and \u{1f511}\nin two lines\n'],
  ['\u001b[2J', '\\u001b[2J'],
  ['\u009b2J\u0085\u007f\r\t\0', '\\u009b2J\\u0085\\u007f\\u000d\\u0009\\u0000'],
])('%j is written as %j', (text, printable) => {
  expect(toPrintable(text)).toBe(printable);
});
