import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeLines, parseJournalLine, toJournalLine } from '../../../src/stores/journal/journal-line.ts';

test('a line gives back any record', () => {
  const record = fc.record({
    topic: fc.string(),
    key: fc.option(fc.string()),
    value: fc.oneof(
      fc.string().map((text) => Buffer.from(text)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    ),
    // JSON.parse treats `__proto__` like any other member, but an object literal does not, so headers with this name
    // are excluded.
    headers: fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.string(),
      { noNullPrototype: true },
    ),
  });
  fc.assert(
    fc.property(record, (each) => {
      const line = toJournalLine(each);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parseJournalLine(line.slice(0, -1))).toEqual(each);
    }),
  );
});

test.each(['prototype', 'constructor', 'toString'])('a header named %s comes back', (name) => {
  const record = { topic: 't', key: 'k', value: Buffer.from('{}'), headers: { [name]: 'kept' } };
  expect(parseJournalLine(toJournalLine(record).trimEnd())).toEqual(record);
});

test.each([
  '',
  '{',
  '7',
  '{"topic":"t","key":null,"headers":{}}',
  '{"topic":"t","headers":{},"value":"v"}',
  ...['[]', '["a"]', 'null', '"text"', '{"a":1}'].map(
    (headers) => `{"topic":"t","key":null,"headers":${headers},"value":"v"}`,
  ),
])('%j is no record', (line) => {
  expect(parseJournalLine(line)).toBeUndefined();
});

test.each([[[]], [['{"a":1}\n']], [['{"a":"\u00e9\u4e00\ud83d\ude00"}\n', '{"b":2}\n']]])(
  '%j as bytes',
  (lines) => {
    expect(encodeLines(lines).toString()).toBe(lines.join(''));
  },
);
