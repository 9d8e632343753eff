import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findBounds } from '../../src/webhook/read-element.ts';

function boundsOf(text: string) {
  const bounds = findBounds(Buffer.from(text), 0);
  return bounds && { ...bounds, value: text.slice(0, bounds.end) };
}

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;
}

test('any JSON has its end, its depth and its parts', () => {
  const after = fc.constantFrom('', ',1', ']', '}', ' \t\r\n', ' ] ');
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), after, (value, indent, rest) => {
      const text = JSON.stringify(value, undefined, indent);
      const bytes = Buffer.from(text + rest);
      const bounds = findBounds(bytes, 0);
      const next = /[\],}]/.exec(rest)?.index ?? rest.length;
      const end = Buffer.byteLength(text);
      expect(bounds).toMatchObject({ end, next: end + next, depth: depthOf(value) });
    }),
  );
});

test.each([
  ['{"a":1,"b":[1,2]}', 2, 4],
  ['{"a":"],[{\\"","b":7}', 1, 2],
  ['7', 0, 0],
  ['{[,,', undefined, undefined],
  ['no JSON', 0, 0],
  ['{]', 1, 1],
  ['[[', undefined, undefined],
])('%s has %s levels and %s parts', (text, depth, parts) => {
  expect(boundsOf(text)).toEqual(
    depth === undefined ? undefined : { end: text.length, next: text.length, depth, parts, value: text },
  );
});

test.each(['', ' ', ',', ']', '[', '"a', '"a\\"', '{"a":"}'])('%j has no value, or no end of it', (text) => {
  expect(findBounds(Buffer.from(text), 0)).toBeUndefined();
});
