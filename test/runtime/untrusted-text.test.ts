import { expect, test } from 'vitest';
import { toLines, toPrintable, toSingleLineText } from '../../src/runtime/untrusted-text.ts';

test.each([
  ['plain text, ä and \u{1f511}\nin two lines\n', 'plain text, ä and \u{1f511}\nin two lines\n'],
  ['\u202egpj\u2066\u2028\u{e0041}\u200b', '\\u202egpj\\u2066\\u2028\\udb40\\udc41\\u200b'],
  ['\u{1f469}\u200d\u{1f467}', '\u{1f469}\u200d\u{1f467}'],
  ['\u001b[2J', '\\u001b[2J'],
  ['\u009b2J\u0085\u007f\r\t\0', '\\u009b2J\\u0085\\u007f\\u000d\\u0009\\u0000'],
])('%j is written as %j', (text, printable) => {
  expect(toPrintable(text)).toBe(printable);
});

test('what is escaped is the same text to a program that reads JSON', () => {
  const text = '\u202e\u0085\u{e0041}\u2028';
  expect(JSON.parse(toPrintable(JSON.stringify(text)))).toBe(text);
});

test('as a part of a line a text ends no line and begins none, and has a bound', () => {
  expect(toSingleLineText('a\nlatest state: forged')).toBe('a\\nlatest state: forged');
  expect(toSingleLineText('x'.repeat(2_000))).toBe('x'.repeat(2_000));
  expect(toSingleLineText('x'.repeat(5_000))).toBe(`${'x'.repeat(2_000)}… (5000 characters)`);
  expect(toLines(['a\nb', 'c'])).toBe('a\\nb\nc\n');
});
