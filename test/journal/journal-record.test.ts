import { expect, test } from 'vitest';
import { toJournalRecord } from '../../src/journal/journal-record.ts';

const segment = '0000000001.jsonl';
const toRecord = (headers: Readonly<Record<string, string>>, key: string | null = 'm-1') =>
  toJournalRecord({
    record: { topic: 'events', key, value: Buffer.from('{}'), headers },
    position: { segment, offset: 10 },
    next: { segment, offset: 20 },
  });

test('has key, value, headers, and the time of receipt', () => {
  const record = toRecord({ 'received-at': '1970-01-01T00:00:01.000Z', revision: '7' });
  expect(record).toMatchObject({
    offset: 10,
    next: { segment, offset: 20 },
    timestampMs: 1_000,
    key: Buffer.from('m-1'),
    value: Buffer.from('{}'),
  });
  expect(record.header('revision')).toBe('7');
  expect(record.header('webhook')).toBeUndefined();
});

test.each([{}, { 'received-at': 'yesterday' }])('has no time with the headers %o', (headers) => {
  expect(toRecord(headers).timestampMs).toBe(-1);
});

test('has no key when the line has none', () => {
  expect(toRecord({}, null).key).toBeNull();
});
