import { describe, expect, test } from 'vitest';
import { toEventRecord } from '../../src/webhook/to-record.ts';
import { eventSlice } from '../support/event-slice.ts';

const facts = {
  webhook: 'w',
  topics: { events: 't', deadLetter: 'd' },
  commonHeaders: { 'received-at': '2026-01-02T03:04:05.000Z', webhook: 'w' },
};
const headersOf = (json: string) =>
  toEventRecord(eventSlice(json), { key: 'k', kind: 'entity' }, facts).headers;

describe('toEventRecord', () => {
  test('says of an event what CloudEvents has a place for', () => {
    const json =
      '{"eventId":"e","name":"message.read","apiSpaceId":"s","timestamp":"2026-01-02T03:04:05.678Z","revision":7}';
    expect(headersOf(json)).toEqual({
      ce_specversion: '1.0',
      ce_id: 'e',
      ce_type: 'message.read',
      ce_source: 'urn:comapi:api-space:s',
      ce_time: '2026-01-02T03:04:05.678Z',
      ce_subject: 'k',
      'content-type': 'application/json',
      'received-at': '2026-01-02T03:04:05.000Z',
      webhook: 'w',
      revision: '7',
      ce_revision: '7',
    });
  });

  test('takes the digits of a number for the id of the event', () => {
    expect(headersOf('{"eventId":18446744073709551615}').ce_id).toBe('18446744073709551615');
  });

  test.each(['{}', '{"eventId":""}', '{"eventId":1.5}', '{"eventId":"a\\u0000"}', '{"eventId":"\\ud800"}'])(
    'gives %s the hash of its bytes as id, the same for a repeat',
    (json) => {
      expect(headersOf(json).ce_id).toMatch(/^[0-9a-f]{64}$/);
      expect(headersOf(json).ce_id).toBe(headersOf(json).ce_id);
    },
  );

  test.each([
    ['"a b/é?#%"', 'urn:comapi:api-space:a%20b%2F%C3%A9%3F%23%25'],
    ['7', 'urn:comapi:api-space:7'],
    ['"\\n"', 'urn:comapi:api-space:unknown'],
    ['"\\udc00"', 'urn:comapi:api-space:unknown'],
    ['{}', 'urn:comapi:api-space:unknown'],
  ])('makes a URI of the API space %s', (apiSpaceId, source) => {
    expect(headersOf(`{"apiSpaceId":${apiSpaceId}}`).ce_source).toBe(source);
  });

  test.each(['"a\\r\\nb"', '"\\ud800"', '""', '7', `"${'x'.repeat(513)}"`])(
    'gives an event of the name %s the type unknown',
    (name) => {
      expect(headersOf(`{"name":${name}}`).ce_type).toBe('unknown');
    },
  );

  test.each(['"yesterday"', '20260102'])('skips the time %s', (timestamp) => {
    expect(headersOf(`{"timestamp":${timestamp}}`)).not.toHaveProperty('ce_time');
  });

  test.each([
    ['0', '0'],
    ['18446744073709551615', '18446744073709551615'],
    ['9'.repeat(512), '9'.repeat(512)],
  ])('takes the revision %s', (number, revision) => {
    expect(headersOf(`{"revision":${number}}`)).toMatchObject({ revision, ce_revision: revision });
  });

  test.each(['1.0', '-1', '"7"', 'null', '[7]', '9'.repeat(513)])('skips the revision %s', (number) => {
    const headers = headersOf(`{"revision":${number}}`);
    expect(headers).not.toHaveProperty('revision');
    expect(headers).not.toHaveProperty('ce_revision');
  });
});
