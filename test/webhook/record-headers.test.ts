import { describe, expect, test } from 'vitest';
import { entityRevisionHeader, toDeadLetterHeaders } from '../../src/filter/output-record.ts';
import { EventFields } from '../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../src/webhook/key-rules.ts';
import { planRecords } from '../../src/webhook/plan-records.ts';
import { parseRecordHeaders, toCommonHeaders } from '../../src/webhook/record-headers.ts';
import { trustDeadLetter } from '../../src/webhook/verified-body.ts';

const origin = {
  webhook: 'w',
  receivedAt: '2026-01-02T03:04:05.000Z',
  traceparent: `00-${'a1'.repeat(16)}-${'b2'.repeat(8)}-01`,
};
const keyRules = parseKeyRules('*=id') as KeyRules;
const full = '{"eventId":"e","id":"k","name":"a.b","revision":7,"timestamp":"2026-01-02T03:04:05Z"}';
const plan = (recordHeaders = {}) => {
  const commonHeaders = toCommonHeaders(origin, { recordHeaders });
  const facts = { webhook: 'w', topics: { events: 't', deadLetter: 'd' }, commonHeaders };
  return planRecords(trustDeadLetter(Buffer.from(`[${full},7]`)), facts, new EventFields(keyRules));
};
/** Headers of the dead letter of a record that has every header. */
const filterLetter = (recordHeaders = {}) =>
  toDeadLetterHeaders({ timestampMs: 1, key: null, value: null, header: (name) => `its ${name}` }, 'no_key', {
    source: { topic: 't', partition: 0, offset: 1 },
    headerRules: { recordHeaders },
    nowMs: 1,
  });

describe('parseRecordHeaders', () => {
  test('takes names and values, of extension attributes too', () => {
    expect(parseRecordHeaders('')).toEqual({});
    expect(parseRecordHeaders('environment=production,Region.1_x-y=eu=1 ü,ce_tenant1=a')).toEqual({
      environment: 'production',
      'Region.1_x-y': 'eu=1 ü',
      ce_tenant1: 'a',
    });
  });

  test.each([
    ['a', 'is not name=value'],
    ['a=1,', 'header 2 is not name=value'],
    ['=1', 'has an invalid name'],
    ['1a=1', 'has an invalid name'],
    ['__proto__=1', 'has an invalid name'],
    ['a b=1', 'has an invalid name'],
    ['a=1, b=2', 'header 2 has an invalid name'],
    ['ü=1', 'has an invalid name'],
    [`${'a'.repeat(65)}=1`, 'has an invalid name'],
    ['a=1,a=2', 'header 2 is a, which occurs twice'],
    ['a=', 'is empty'],
    ['a= 1', 'begins or ends with white space'],
    ['a=1\n', 'begins or ends with white space'],
    ['a=1\u00002', 'control character'],
    ['a=\ud8002', 'control character'],
    ['ce_Tenant=1', 'CloudEvents allows'],
    ['CE_tenant=1', 'CloudEvents allows'],
    ['ce_a_b=1', 'CloudEvents allows'],
    [`ce_${'a'.repeat(21)}=1`, 'CloudEvents allows'],
    ['Webhook=1', 'is reserved'],
    ['ce_data=1', 'is reserved'],
    [Array.from({ length: 17 }, (_, index) => `a${index}=1`).join(), 'more than 16 headers'],
    [`a=${'ü'.repeat(512)}`, 'more than 1024 bytes'],
  ])('refuses %j', (text, fault) => {
    expect(parseRecordHeaders(text)).toContain(fault);
  });

  test('takes as many headers, and as many bytes, as are allowed', () => {
    const most = Array.from({ length: 16 }, (_, index) => `a${index}=1`).join();
    expect(Object.keys(parseRecordHeaders(most))).toHaveLength(16);
    const longest = 'b'.repeat(1022);
    expect(parseRecordHeaders(`a=${longest}`)).toEqual({ a: longest });
  });

  test('refuses every name that this program writes itself', () => {
    const { events, deadLetters } = plan();
    const written = [
      ...[...events, ...deadLetters.map(({ record }) => record)].flatMap(({ headers }) =>
        Object.keys(headers),
      ),
      ...Object.keys(filterLetter()),
      ...[entityRevisionHeader, 'replayed-from'],
    ];
    expect(new Set(written).size).toBeGreaterThan(18);
    for (const name of written) {
      expect([name, parseRecordHeaders(`${name}=1`)]).toEqual([name, expect.stringContaining('is reserved')]);
    }
  });
});

test('every event and every dead letter, of the filter too, has them beside its own', () => {
  const recordHeaders = { environment: 'production', ce_tenant: 'acme' };
  const plain = plan();
  const { events, deadLetters } = plan(recordHeaders);
  expect(events.map(({ headers }) => headers)).toEqual(
    plain.events.map(({ headers }) => ({ ...headers, ...recordHeaders })),
  );
  expect(deadLetters.map(({ record }) => record.headers)).toEqual(
    plain.deadLetters.map(({ record }) => ({ ...record.headers, ...recordHeaders })),
  );
  expect(filterLetter(recordHeaders)).toEqual({ ...filterLetter(), ...recordHeaders });
});

test('a dead letter of the filter names the registration, the time and the trace of its record', () => {
  expect(filterLetter()).toMatchObject({
    webhook: 'its webhook',
    'received-at': 'its received-at',
    traceparent: 'its traceparent',
  });
});
