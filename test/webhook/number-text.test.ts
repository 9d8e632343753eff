import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findNumberText } from '../../src/webhook/number-text.ts';
import { eventSlice } from '../support/event-slice.ts';

test.each([
  ['{"revision":9007199254740993}', ['revision'], '9007199254740993'],
  ['{"revision" : 1.50 }', ['revision'], '1.50'],
  ['{"revision":-0}', ['revision'], '-0'],
  ['{"revision":1e3,"a":{"revision":2}}', ['revision'], '1e3'],
  ['{"a":{"b":[{"id":1}],"id":20},"id":3}', ['a', 'id'], '20'],
  ['{"id":1,"id":2}', ['id'], '2'],
  [String.raw`{"\u0069d":7}`, ['id'], '7'],
  [String.raw`{"text":"\"id\":1,","id":12}`, ['id'], '12'],
])('%s', (json, path, text) => {
  expect(findNumberText(eventSlice(json), path)).toBe(text);
});

test('any digits in any event', () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,40}$/);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), digits, (others, text) => {
      const rest = JSON.stringify({ ...others, id: undefined }).slice(1);
      const json = `{"id":${text}${rest === '}' ? '' : ','}${rest}`;
      expect(findNumberText(eventSlice(json), ['id'])).toBe(text);
    }),
  );
});
