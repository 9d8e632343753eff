import { expect, test } from 'vitest';
import { formatTable } from '../../../src/commands/command-io.ts';
import { classifyEvents, type EntityHistory } from '../../../src/tools/records/entity-history.ts';
import { evaluateHistory, formatHistory, toHistoryJson } from '../../../src/tools/records/format-history.ts';
import { toPlaced } from './placed-record.ts';

const nothing: EntityHistory = {
  ...{ id: 'm-1', isOf: 'key', period: { sinceMs: 0, untilMs: 1, isToNow: true }, lookedAt: [], skipped: [] },
  ...{ events: [], latest: [], deadLetters: [], reconciled: [] },
};
const print = (given: Partial<EntityHistory>) => formatHistory({ ...nothing, ...given }, formatTable);

const value = '{"eventId":"e","name":"message.sent","payload":{"messageId":"m-1"}}';
const receivedAt = '2026-11-27T05:00:00.000Z';
const stored = '2026-11-27T08:00:00.123Z';
const replayedFrom = (place: string) => ({
  ...toPlaced({ value }).headers,
  ...{ 'received-at': receivedAt, 'replayed-from': place },
});
const letter = toPlaced({
  ...{ key: null, topic: 'dead', value, headers: { reason: 'no_key', 'received-at': receivedAt } },
  storedAtMs: Date.parse('2026-11-27T05:00:00.400Z'),
});

test('prints when an event was received, if it was stored more than a second later', () => {
  const eventAt = (time: string) => toPlaced({ headers: { ...toPlaced({}).headers, 'received-at': time } });
  const late = print({ events: classifyEvents([eventAt(receivedAt)]) });
  expect(late).toMatch(
    new RegExp(`^m-1: the latest event is message.sent, received ${receivedAt}, stored ${stored}\\.$`, 'm'),
  );
  expect(late).toMatch(/^STORED +RECEIVED +NAME/m);
  expect(late).toMatch(new RegExp(`^${stored} +${receivedAt} +message\\.sent`, 'm'));
  const prompt = print({ events: classifyEvents([eventAt('2026-11-27T08:00:00.000Z')]) });
  expect(prompt).toMatch(new RegExp(`^m-1: the latest event is message.sent, stored ${stored}\\.$`, 'm'));
  expect(prompt).toMatch(/^TIME +NAME/m);
});

test('says that a dead letter was replayed, when, and as which record', () => {
  const events = classifyEvents([toPlaced({ value, headers: replayedFrom('dead/0/7') })]);
  const text = print({ events, deadLetters: [letter] });
  expect(text).toMatch(new RegExp(`^dead letters: .*, no_key, replayed at ${stored} to events/0/7$`, 'm'));
  expect(text).toMatch(/events\/0\/7 .*replayed from dead\/0\/7$/m);
  expect(toHistoryJson({ ...nothing, events, deadLetters: [letter] })).toMatchObject({
    events: [{ replayedFrom: 'dead/0/7' }],
    deadLetters: [{ replayed: true, replayedAt: stored, replayedTo: ['events/0/7'] }],
  });
});

test('does not take a record with another content for the replayed one: the topic may have been recreated', () => {
  const other = toPlaced({ value: '{"other":1}', headers: replayedFrom('dead/0/7') });
  expect(print({ events: classifyEvents([other]), deadLetters: [letter] })).not.toContain('no_key, replayed');
});

test.each([
  [new Set(['dead/0/7']), 'no_key, replayed, but the event was not found', true, 'was in a dead letter'],
  [new Set<string>(), 'no_key, not replayed', false, 'is in a dead letter'],
  [
    { notKnown: 'no permission' },
    'no_key, unknown whether it was replayed (no permission)',
    undefined,
    'is in a dead letter',
  ],
] as const)(
  'without its event relies on the marks of the store: %j',
  (replayed, text, isReplayed, verdict) => {
    const history = { ...nothing, deadLetters: [letter], replayed };
    expect(print(history)).toContain(`${text}\n`);
    expect(evaluateHistory(history).text).toContain(verdict);
    expect(toHistoryJson(history)).toMatchObject({ deadLetters: [{ replayed: isReplayed }] });
  },
);
