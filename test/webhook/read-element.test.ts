import { expect, test } from 'vitest';
import { sliceOne } from '../../src/webhook/json-slices.ts';
import { findExcess, maxDepth, maxElementParts, readElement } from '../../src/webhook/read-element.ts';

function read(bytes: Buffer, encoding?: 'utf8') {
  const slice = sliceOne(bytes);
  return slice && readElement(slice, encoding);
}

test('an object is an event with its own bytes', () => {
  expect(read(Buffer.from(' {"a":1} '))).toEqual({
    bytes: Buffer.from('{"a":1}'),
    event: { a: 1 },
    numbersArePlain: false,
    text: '{"a":1}',
  });
});

test.each([
  ['{"a":}', 'not_json'],
  ['', 'not_json'],
  ['[1]', 'not_object'],
  ['null', 'not_object'],
  ['"text"', 'not_object'],
])('%j is %s', (json, reason) => {
  expect(read(Buffer.from(json))).toBe(reason);
});

test('bytes that are not UTF-8 are no event, unless the encoding is known', () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  expect(read(bytes)).toBe('not_utf8');
  expect(read(bytes, 'utf8')).toMatchObject({ event: { a: '\ufffd' } });
});

test('what would cost too much is not parsed', () => {
  const slice = {
    bytes: Buffer.from('no JSON'),
    depth: maxDepth,
    parts: maxElementParts,
    numbersArePlain: true,
  };
  expect(findExcess(slice)).toBeUndefined();
  expect(readElement({ ...slice, depth: maxDepth + 1 })).toBe('too_deep');
  expect(readElement({ ...slice, parts: maxElementParts + 1 })).toBe('too_many_values');
});
