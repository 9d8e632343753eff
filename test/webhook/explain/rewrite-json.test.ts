import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEscapes, removeWhiteSpace } from '../../../src/webhook/explain/rewrite-json.ts';

const rewrite = (json: string, escapes: 'as received' | 'fewest') =>
  escapes === 'fewest' ? decodeEscapes(removeWhiteSpace(json)) : removeWhiteSpace(json);

const toAscii = (json: string, pattern = /[^\0-\x7f]/g) =>
  json.replace(pattern, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('the JSON of any value', () => {
  const values = fc.jsonValue({ stringUnit: 'binary' });

  test('is written as JSON.stringify writes it, whatever its white space and its escapes are', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0, 2), (value, indent) => {
        const expected = JSON.stringify(value);
        const indented = JSON.stringify(value, undefined, indent);
        expect(rewrite(indented, 'as received')).toBe(expected);
        // JSON.stringify does not escape control characters such as DEL, but it escapes lone surrogates.
        expect(rewrite(toAscii(indented), 'fewest')).toBe(rewrite(expected, 'fewest'));
      }),
    );
  });
});

test('what JSON needs and half of a pair stay escapes, and what stands beside them does not', () => {
  expect(rewrite('"\\ud7ff\\ud800a\\udfffb\\ue000\\uffff"', 'fewest')).toBe(
    '"\ud7ff\\ud800a\\udfffb\ue000\uffff"',
  );
  expect(rewrite('"\\u0020\\u001f\\u0022\\u005c"', 'fewest')).toBe('" \\u001f\\u0022\\u005c"');
});

test.each([
  ['as received', '{"a":["é/<\\u00e9\\ud83d\\ude00\\/\\n\\"",1,"😀:,"]}'],
  ['fewest', '{"a":["é/<é😀/\\n\\"",1,"😀:,"]}'],
] as const)('writes one text with escapes: %s', (escapes, expected) => {
  const json = '{ "a":\r\n [ "é/<\\u00e9\\ud83d\\ude00\\/\\n\\"" , 1,"😀:,"] }\n';
  expect(rewrite(json, escapes)).toBe(expected);
});

test.each(['"\\é\u0240"', '"\\u00é"', '"\\ué', '"\\'])(
  'what is no escape ends before a character: %s',
  (text) => {
    expect(rewrite(text, 'fewest')).toBe(text);
  },
);

test('to write any text twice in one style is to write it once', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('as received', 'fewest'),
      fc.string({ unit: fc.constantFrom(...Array.from('"\\u00dcé😀{[]} :,/<')), maxLength: 60 }),
      (escapes, text) => {
        expect(rewrite(rewrite(text, escapes), escapes)).toBe(rewrite(text, escapes));
      },
    ),
    { numRuns: 1_000 },
  );
});

test.each(['"', '\\', '\\u0', '\\ud83d', 'é', '😀', '<', ',', '{'])(
  'a long text of %s is the same as many short ones',
  (piece) => {
    const count = 40_000;
    const inText = piece !== ',' && piece !== '{';
    const open = inText && piece !== '"' ? '"' : '';
    for (const escapes of ['as received', 'fewest'] as const) {
      const one = rewrite(`${open}${piece.repeat(12)}`, escapes);
      const unit = one.slice(open.length, open.length + (one.length - open.length) / 12);
      expect(rewrite(`${open}${piece.repeat(count)}`, escapes)).toBe(open + unit.repeat(count));
    }
  },
);
