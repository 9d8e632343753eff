import { describe, expect, test } from 'vitest';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { maxDepth, maxElementTokens } from '../../src/webhook/json-scan.ts';
import { ElementReader, readElement } from '../../src/webhook/read-element.ts';

const fields = new EventFields({ families: new Map(), otherwise: [] });

describe('a text is', () => {
  test('an event with its own bytes when it is an object', () => {
    const text = Buffer.from(' {"a":1} ');
    expect(readElement(text, fields)).toEqual({ bytes: Buffer.from('{"a":1}'), text, fields });
  });

  test.each([
    ['{"a":}', 'not_json'],
    ['', 'not_json'],
    ['{"a":1},', 'not_json'],
    ['{"a":1}]', 'not_json'],
    ['{"a":1}}', 'not_json'],
    ['\ufeff{"a":1}', 'not_json'],
    ['7,7', 'not_json'],
    ['[1]', 'not_object'],
    ['null', 'not_object'],
    ['"text"', 'not_object'],
  ])('%j is %s', (json, reason) => {
    expect(readElement(Buffer.from(json), fields)).toBe(reason);
  });

  test('no event when it is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(readElement(bytes, fields)).toBe('not_utf8');
  });

  test.each([
    [maxDepth, 0, undefined],
    [maxDepth + 1, 0, 'too_deep'],
    [2, maxElementTokens - 3, undefined],
    [2, maxElementTokens - 2, 'too_many_values'],
  ])('too much to look into beyond the limits: %d levels, %d commas', (levels, commas, reason) => {
    const inner = levels - 1;
    const json = `{"a":${'['.repeat(inner)}${'0,'.repeat(commas)}0${']'.repeat(inner)},"b":0}`;
    expect(readElement(Buffer.from(json), fields)).toEqual(reason ?? expect.any(Object));
    // An element that exceeds the limits is not parsed, so invalid JSON in it is not reported.
    expect(readElement(Buffer.from(json.replace('"b":0', '"b":x')), fields)).toBe(reason ?? 'not_json');
  });
});

test('elements are read one after the other, with what they count for', () => {
  const text = Buffer.from('[ {"a":[1]} , x{ } ,7]');
  const reader = new ElementReader(text, fields);
  const seen = [];
  for (let at = 0; text[at] !== 0x5d; at = reader.next) {
    const reason = reader.read(at + 1);
    seen.push([reader.slice().toString(), reason, reader.parts]);
  }
  expect(seen).toEqual([
    ['{"a":[1]}', undefined, 2],
    ['x{ }', 'not_json', 1],
    ['7', 'not_object', 0],
  ]);
});
