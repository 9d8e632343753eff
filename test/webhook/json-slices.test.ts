import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sliceArray, sliceOne } from '../../src/webhook/json-slices.ts';

const padding = ' '.repeat(2_001);
const textsOf = (slices: readonly { readonly bytes: Buffer }[] | undefined) =>
  slices?.map(({ bytes }) => bytes.toString());

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
    : 0;
}

describe('the elements of an array', () => {
  test('are the bytes of each value, without the white space around', () => {
    const text = Buffer.from(' [ {"a":[1,"],["]} ,\n2, "x,\\"y" ] ');
    expect(textsOf(sliceArray(text, 1, 10))).toEqual(['{"a":[1,"],["]}', '2', '"x,\\"y"']);
  });

  test('are found in any array as it was written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.constantFrom(undefined, 1),
        (values, indent) => {
          const slices = sliceArray(Buffer.from(JSON.stringify(values, undefined, indent)), 0, 10) ?? [];
          expect(slices.map(({ bytes }) => JSON.parse(bytes.toString()))).toEqual(
            JSON.parse(JSON.stringify(values)),
          );
          for (const [index, { depth }] of slices.entries()) {
            expect(depth).toBe(depthOf(values[index]));
          }
        },
      ),
    );
  });

  test.each(['[1', '[1,]', '[,1]', '[1]]', '[1] 2', '[{]', '["a]'])('are unknown in %s', (text) => {
    expect(sliceArray(Buffer.from(text), 0, 10)).toBeUndefined();
  });

  test('are one more than the bound when there are too many', () => {
    expect(sliceArray(Buffer.from('[1,2,3,4,5'), 0, 2)).toHaveLength(3);
  });
});

test.each([
  ['{"a":1,"b":[1,2]}', 2, 4, true],
  ['{"a":1.5}', 1, 1, false],
  ['{"a":-1}', 1, 1, false],
  ['{"a":1e3}', 1, 1, false],
  ['{"a":"-1.5e3","b":true}', 1, 2, true],
])('%s has its depth, its parts and whether its numbers are plain', (json, depth, parts, numbersArePlain) => {
  expect(sliceOne(Buffer.from(padding + json))).toMatchObject({ depth, parts, numbersArePlain });
  expect(sliceOne(Buffer.from(padding + json))?.bytes.toString()).toBe(json);
});

test('a short text is not scanned, and its length bounds depth and parts', () => {
  const slice = sliceOne(Buffer.from(' [[]] '));
  expect(slice).toMatchObject({ depth: 2, parts: 4, numbersArePlain: false });
});

test.each(['1,2', '{}}', '{', ''])('%j in a long text is not one value', (text) => {
  expect(sliceOne(Buffer.from(padding + text))).toBeUndefined();
});
