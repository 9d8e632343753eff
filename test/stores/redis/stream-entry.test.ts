import { expect, test } from 'vitest';
import { parseStreamEntry, toFields } from '../../../src/stores/redis/stream-entry.ts';

const value = Buffer.from([0xff, 0x00, 0x0a]);

test.each([
  { key: 'entity-ä', value, headers: { ce_id: '1', 'content-type': 'application/json' } },
  { key: null, value, headers: { reason: 'not_json' } },
  { key: '', value: Buffer.alloc(0), headers: {} },
])('a record is the same after its fields were stored and read: %j', (record) => {
  const fields = toFields(record).map((field) => Buffer.from(field));
  expect(parseStreamEntry('1-1', fields)).toEqual({ id: '1-1', ...record });
});

test('an entry of another program is read as far as it goes', () => {
  expect(parseStreamEntry('1-1', ['a', 'b', 'key'].map(Buffer.from))).toEqual({
    id: '1-1',
    key: null,
    value: Buffer.alloc(0),
    headers: { a: 'b' },
  });
});
