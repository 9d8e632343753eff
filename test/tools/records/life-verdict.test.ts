import { expect, test } from 'vitest';
import { toConclusion } from '../../../src/runtime/finding.ts';
import { classifyEvents, type EntityHistory } from '../../../src/tools/records/entity-history.ts';
import { evaluateHistory } from '../../../src/tools/records/format-history.ts';
import { toPlaced } from './placed-record.ts';

const nothing: EntityHistory = {
  ...{ id: 'm-1', isOf: 'key', period: { sinceMs: 0, untilMs: 1, isToNow: true }, lookedAt: [], skipped: [] },
  ...{ events: [], latest: [], deadLetters: [], reconciled: [] },
};
const say = (given: Partial<EntityHistory>) => toConclusion(evaluateHistory({ ...nothing, ...given })).text;

const stored = 'stored 2026-11-27T08:00:00.123Z';
const sms = (more: object = {}) => JSON.stringify({ payload: { details: { channel: 'sms' }, ...more } });
const letter = toPlaced({ key: null, headers: { reason: 'no_key' }, value: '{"name":"message.sent"}' });
const failed = { name: 'message.failed', revision: '3' };

test('the last state by revision is the answer, not the last event', () => {
  const events = classifyEvents([
    toPlaced({ revision: '3', name: 'message.read', value: sms() }),
    toPlaced({ revision: '2' }),
  ]);
  expect(say({ events })).toBe(`m-1: the latest event is message.read r3 by sms, ${stored}.`);
});

test('a failure says why, or that nothing says it', () => {
  const value = sms({ statusCode: '3', statusMessage: 'Absent subscriber' });
  expect(say({ events: classifyEvents([toPlaced({ ...failed, value })]) })).toBe(
    `m-1 failed: statusCode 3, statusMessage Absent subscriber. The latest event is message.failed r3 by sms, ${stored}.`,
  );
  expect(say({ events: classifyEvents([toPlaced(failed)]) })).toBe(
    `m-1 failed, and the event gives no reason. The latest event is message.failed r3, ${stored}.`,
  );
});

test('a test of this product is said to be one', () => {
  expect(say({ events: classifyEvents([toPlaced({ name: 'webhook.test' })]) })).toBe(
    `m-1 is a test event of this product, not a provider event: webhook.test, ${stored}.`,
  );
});

const noEvent = 'No event was stored from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.001Z';

test.each<[Partial<EntityHistory>, string, code?: number]>([
  [
    { latest: [toPlaced({ revision: '4' })] },
    `m-1: the latest state is message.sent r4, ${stored}. ${noEvent}.`,
  ],
  [
    { events: { notKnown: 'a queue' }, latest: [toPlaced({ revision: '4' })] },
    `m-1: the latest state is message.sent r4, ${stored}. Cannot tell whether there are events: a queue.`,
  ],
  [{ deadLetters: [letter] }, `m-1 is in a dead letter: no_key, ${stored}. ${noEvent}.`],
  [
    { events: { notKnown: 'a queue' }, deadLetters: [letter] },
    `m-1 is in a dead letter: no_key, ${stored}. Cannot tell whether there are events: a queue.`,
  ],
  [
    { reconciled: [toPlaced({})] },
    `m-1: "reconcile" found the state message.sent at the provider. ${noEvent}.`,
  ],
  [{}, 'Nothing was found about m-1 from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.001Z.', 1],
  [
    { latest: { unavailable: 'no filter' }, reconciled: { unavailable: 'nothing asked' } },
    'Nothing was found about m-1 from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.001Z.',
    1,
  ],
  [
    { events: { notKnown: 'no such stream' }, deadLetters: { notKnown: 'no right' } },
    'Cannot tell whether anything is stored about m-1: no such stream; no right.',
    2,
  ],
  [{ latest: { notKnown: 'no right' } }, 'Cannot tell whether anything is stored about m-1: no right.', 2],
  [
    { isOf: 'rest', id: 'a=1', events: { notKnown: 'cut off' } },
    'Cannot tell whether more is stored about a=1: cut off.',
    2,
  ],
  [
    { id: 'm-2', requestedId: 'E-9', events: classifyEvents([toPlaced({})]) },
    `m-2 (found by E-9): the latest event is message.sent, ${stored}.`,
  ],
  [
    { events: classifyEvents([toPlaced({})]), period: { ...nothing.period, isToNow: false } },
    `As of 1970-01-01T00:00:00.001Z: m-1: the latest event is message.sent, ${stored}.`,
  ],
  [
    { events: classifyEvents([toPlaced({})]), skipped: ['A line is skipped.'] },
    `m-1: the latest event is message.sent, ${stored}. There may be more events: A line is skipped.`,
  ],
])('nothing has many faces: %j', (given, text, code = 0) => {
  expect(toConclusion(evaluateHistory({ ...nothing, ...given }))).toEqual({ text, code });
});
