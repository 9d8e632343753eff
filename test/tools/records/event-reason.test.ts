import { expect, test } from 'vitest';
import { readReason } from '../../../src/tools/records/event-reason.ts';

const read = (name: string, payload: object) =>
  readReason(name, Buffer.from(JSON.stringify({ name, payload })));

test('the reason of a failure is what the provider calls code, status, reason or error, wherever it stands', () => {
  expect(
    read('message.failed', {
      ...{ details: { channel: 'sms', body: 'x', metadata: { reason: 'mine' } }, successful: false },
      ...{ statusCode: '3', statusMessage: 'Absent subscriber' },
    }),
  ).toEqual({ channel: 'sms', why: 'statusCode 3, statusMessage Absent subscriber' });
  expect(read('message.expired', { channel: 'email', statusDetails: { error: { errorCode: 12 } } })).toEqual({
    channel: 'email',
    why: 'errorCode 12',
  });
  expect(read('message.failed', { details: { channel: 'sms' } }).why).toBeUndefined();
});

test('what did not fail has no reason, unless it says that it was not successful', () => {
  expect(read('message.delivered', { statusCode: '0', channel: 'sms' })).toEqual({
    channel: 'sms',
    why: undefined,
  });
  expect(read('message.sent', { successful: false, reason: 'blocked' }).why).toBe('reason blocked');
  expect(readReason('message.failed', Buffer.from('no JSON'))).toEqual({
    channel: undefined,
    why: undefined,
  });
});

test('what is about a person is hidden, and what a person has written is not looked at', () => {
  const { why } = read('message.failed', {
    ...{ statusMessage: 'unknown number +44 7700 900000', body: { reason: 'hello' }, to: { code: 'x' } },
  });
  expect(why).toBe('statusMessage unknown number <phone number hidden>');
});

test('reasons are looked for five levels down, and six are said', () => {
  const nest = (levels: number): object => (levels === 0 ? { code: 1 } : { part: nest(levels - 1) });
  expect([5, 6].map((levels) => read('message.failed', nest(levels)).why)).toEqual(['code 1', undefined]);
  const names = ['code', 'reason', 'status', 'error', 'failure', 'fail', 'reject'];
  const { why } = read('message.failed', Object.fromEntries(names.map((name) => [name, 1])));
  expect(why).toBe('code 1, reason 1, status 1, error 1, failure 1, fail 1');
});
