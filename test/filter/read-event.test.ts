import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../../src/filter/log-record.ts';
import { readEvent } from '../../src/filter/read-event.ts';

/** Creates a record from a producer that is not the receiver. */
function foreignRecord(value: string | Buffer | null, key: string | null = 'k'): LogRecord {
  return {
    offset: 0,
    timestampMs: 0,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value as string),
    body: Buffer.alloc(0),
    header: () => undefined,
  };
}

const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const overlong = '9'.repeat(513);
const key = Buffer.from('k');

describe('readEvent of a foreign record', () => {
  test.each(['0', '7', '4503599627370497', '18446744073709551615'])('reads the revision %s', (revision) => {
    for (const more of ['', ',"x":1.5', ',"x":{"revision":1}', `,"x":"${'y'.repeat(3_000)}"`]) {
      expect(readEvent(foreignRecord(`{"name":"a.b","revision":${revision}${more}}`))).toEqual({
        kind: 'tracked',
        key,
        revision: BigInt(revision),
        name: 'a.b',
      });
    }
  });

  test.each([
    '1.5',
    '4503599627370497.5',
    '1e-400',
    '1.0',
    '1e2',
    '-1',
    '-0',
    '"7"',
    'null',
    '9'.repeat(513),
  ])('passes by what has the revision %s', (revision) => {
    expect(readEvent(foreignRecord(`{"revision":${revision},"x":${nest(900)}}`))).toEqual({
      kind: 'untracked',
      key,
      name: '',
    });
  });

  test.each([
    ['a revision past 64 bits', '18446744073709551616', 'revision_out_of_range'],
    ['a revision of 512 digits', overlong.slice(1), 'revision_out_of_range'],
    ['a fraction and a deep nesting', `1.5,"x":${nest(3_000)}`, 'too_deep'],
    ['very many values', `1,"x":[${'{},'.repeat(10_000)}0]`, 'too_many_values'],
    ['a number that is none', '01', 'not_json'],
  ])('puts aside what has %s', (_what, revision, reason) => {
    expect(readEvent(foreignRecord(`{"revision":${revision}}`))).toEqual({ kind: 'unreadable', reason });
  });

  test.each([
    [null, 'no_value'],
    ['', 'not_json'],
    ['[{}]', 'not_object'],
    ['{},{}', 'not_json'],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not_utf8'],
  ])('puts aside the value %s', (value, reason) => {
    expect(readEvent(foreignRecord(value))).toEqual({ kind: 'unreadable', reason });
    expect(readEvent(foreignRecord(value, null))).toEqual({ kind: 'unreadable', reason: 'no_key' });
  });

  test.each(['"k"', '7'])('does not take the own id %s of an event for its entity', (eventId) => {
    const record = foreignRecord(`{"eventId":${eventId},"revision":1}`);
    expect(readEvent({ ...record, key: Buffer.from(String(JSON.parse(eventId))) })).toEqual({
      kind: 'untracked',
      name: '',
    });
  });

  test('puts aside what this program fails on, with what was thrown', () => {
    const error = new Error('a test said so');
    const record: LogRecord = {
      ...foreignRecord('{}'),
      header() {
        throw error;
      },
    };
    expect(readEvent(record)).toEqual({ kind: 'unreadable', reason: 'unexpected_error', error });
  });
});

describe('readEvent of a record of the receiver', () => {
  const read = (headers: Readonly<Record<string, string>>) =>
    readEvent({
      ...foreignRecord('{}'),
      header: (name) => ({ ce_specversion: '1.0', ce_subject: 'k', ce_type: 'a.b', ...headers })[name],
    });

  test('reads the same with the extension attribute of the revision and without', () => {
    const tracked = { kind: 'tracked', key, revision: 7n, name: 'a.b' };
    expect(read({ revision: '7' })).toEqual(tracked);
    expect(read({ revision: '7', ce_revision: '7' })).toEqual(tracked);
    expect(read({ ce_revision: '7' })).toEqual(read({}));
  });
});
