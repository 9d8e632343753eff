import { expect, test } from 'vitest';
import { sayVerdict } from '../../../src/tools/records/format-life.ts';
import { judgeLife, type Life } from '../../../src/tools/records/record-life.ts';
import { toPlaced } from './placed-record.ts';

const say = (given: Partial<Life>) =>
  sayVerdict({
    ...{ id: 'm-1', sinceMs: 0, untilMs: 1, lookedAt: [], events: [], latest: [], deadLetters: [] },
    ...{ spooled: [], reconciled: [], ...given },
  });

const stored = 'stored 2026-11-27T08:00:00.123Z';
const sms = (more: object = {}) => JSON.stringify({ payload: { details: { channel: 'sms' }, ...more } });
const letter = toPlaced({ key: null, headers: { reason: 'no_key' }, value: '{"name":"message.sent"}' });
const failed = { name: 'message.failed', revision: '3' };

test('the last state by revision is the answer, not the last event', () => {
  const events = judgeLife([
    toPlaced({ revision: '3', name: 'message.read', value: sms() }),
    toPlaced({ revision: '2' }),
  ]);
  expect(say({ events })).toBe(`m-1 is at message.read r3 by sms, ${stored}.`);
});

test('a failure says why, or that nothing says it', () => {
  const value = sms({ statusCode: '3', statusMessage: 'Absent subscriber' });
  expect(say({ events: judgeLife([toPlaced({ ...failed, value })]) })).toBe(
    `m-1 failed: statusCode 3, statusMessage Absent subscriber; message.failed r3 by sms, ${stored}.`,
  );
  expect(say({ events: judgeLife([toPlaced(failed)]) })).toBe(
    `m-1 failed: its event gives no reason; message.failed r3, ${stored}.`,
  );
});

test('a test of this product is said to be one', () => {
  expect(say({ events: judgeLife([toPlaced({ name: 'webhook.canary' })]) })).toBe(
    `m-1 is an event of this product, not the provider's: webhook.canary, ${stored}.`,
  );
});

test.each<[Partial<Life>, string]>([
  [
    { latest: [toPlaced({ revision: '4' })] },
    `m-1: it has no event since 1970-01-01T00:00:00.000Z; its latest state is message.sent r4, ${stored}.`,
  ],
  [
    { events: { notKnown: 'a queue' }, latest: [toPlaced({ revision: '4' })] },
    `m-1: its events cannot be searched; its latest state is message.sent r4, ${stored}.`,
  ],
  [{ spooled: [letter] }, 'm-1 waits in the spool: the store has not taken it yet.'],
  [{ deadLetters: [letter] }, `m-1 is in a dead letter only: no_key, ${stored}.`],
  [
    { reconciled: [toPlaced({})] },
    'm-1 has no event since 1970-01-01T00:00:00.000Z: reconcile asked for its state, message.sent.',
  ],
  [{}, 'Nothing found of m-1, from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.001Z.'],
  [
    { events: { notKnown: 'no such stream' }, deadLetters: { notKnown: 'no right' } },
    'Not known whether there is anything of m-1: no such stream; no right.',
  ],
  [
    { id: 'm-2', asked: 'E-9', events: judgeLife([toPlaced({})]) },
    `m-2 (asked for as E-9) is at message.sent, ${stored}.`,
  ],
])('nothing has many faces: %j', (given, text) => {
  expect(say(given)).toBe(text);
});
