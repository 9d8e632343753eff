import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { formatJson, formatLine } from '../../../src/tools/records/format-record.ts';
import { toPlaced } from './placed-record.ts';

const plain = { colour: false };

describe('a line for a person', () => {
  test('has time, name, key, revision and registration', () => {
    const record = toPlaced({ name: 'message.sent', key: 'm-1', revision: '3' });
    expect(formatLine(record, plain).trimEnd().split(/ +/)).toEqual([
      ...['2026-11-27', '08:00:00.123Z', 'message.sent', 'm-1', 'r3', 'default'],
    ]);
  });

  test('is in colour on demand, and the same without it', () => {
    const record = toPlaced({ name: 'message.failed', key: 'm-1' });
    const coloured = formatLine(record, { colour: true });
    expect(coloured).toContain('\u001b[31mmessage.failed');
    expect(stripVTControlCharacters(coloured)).toBe(formatLine(record, plain));
  });

  test('shows of a dead letter why it is one', () => {
    const record = toPlaced({
      key: null,
      headers: { reason: 'no_key', webhook: 'sms' },
      value: '{"name":"a.b"}',
    });
    expect(formatLine(record, plain)).toMatch(/a\.b +- +- +sms no_key\n$/);
  });

  test('marks what this product has sent by itself', () => {
    const record = toPlaced({ name: 'webhook.test' });
    expect(formatLine(record, plain)).toMatch(/default test event\n$/);
  });

  test('shows that a latest state was erased', () => {
    const record = toPlaced({ headers: { 'entity-revision': '3' }, value: '' });
    expect(formatLine(record, plain)).toMatch(/m-1 +- +- erased\n$/);
  });

  test('cannot be steered or continued by what others have written', () => {
    const record = toPlaced({ name: 'a\u001b[2J\nb', key: 'k\u009b' });
    const line = formatLine(record, plain);
    expect(line).toContain('a\\u001b[2J\\nb');
    expect(line.trimEnd()).toMatch(/^\P{Cc}*$/u);
  });

  test('takes a time that is no date', () => {
    expect(formatLine(toPlaced({ storedAtMs: 2 ** 60 }), plain)).toMatch(/^1152921504606847000 ms/);
  });
});

describe('a line of JSON', () => {
  test('has the event as it stands there, its numbers too, in one line', () => {
    const record = toPlaced({ key: 'm-1', value: '{"n":1.0,\r\n "big":12345678901234567890}' });
    const line = formatJson(record);
    expect(line).toContain('"event":{"n":1.0,  "big":12345678901234567890}}\n'.replace('  ', '  '));
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ key: 'm-1', place: 'events/0/7', webhook: 'default' });
  });

  test.each([
    ['text', 'not json', { text: 'not json' }],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]), { base64: '//4=' }],
  ])('has %s of a dead letter as such', (_what, value, member) => {
    expect(JSON.parse(formatJson(toPlaced({ key: null, value })))).toMatchObject(member);
  });
});
