import { expect, test } from 'vitest';
import type { StoredRecord } from '../../../src/ports/record-reader.ts';
import { StateSurvey } from '../../../src/tools/reconcile/state-survey.ts';
import { toEventRecord } from '../../support/append-records.ts';

function openSurvey(stored: readonly (readonly [atMs: number, ...Parameters<typeof toEventRecord>])[]) {
  const records: StoredRecord[] = stored.map(([storedAtMs, ...event]) => ({
    ...toEventRecord(...event),
    storedAtMs,
    place: '',
  }));
  return StateSurvey.open({
    async *read() {
      yield records.slice(0, 2);
      yield records.slice(2);
    },
    topics: [],
    fromMs: 0,
    beforeMs: 100,
    observer: { onStart() {}, onProgress() {}, onWarning() {} },
    signal: new AbortController().signal,
  });
}

const idsOf = (open: Awaited<ReturnType<StateSurvey['takeOpen']>>) => open.map(({ messageId }) => messageId);

test('open messages come in parts, each once', async () => {
  const survey = await openSurvey([
    ...['a', 'b', 'a', 'c', 'd', 'b', 'e'].map((key) => [1, key, 2] as const),
  ]);
  expect(idsOf(await survey.takeOpen(2))).toEqual(['a', 'b']);
  expect(idsOf(await survey.takeOpen(2))).toEqual(['c', 'd']);
  expect(idsOf(await survey.takeOpen(2))).toEqual(['e']);
  expect(await survey.takeOpen(2)).toEqual([]);
  expect(survey.messages).toBe(5);
});

test('the last state is that of the highest revision, whatever came last', async () => {
  const survey = await openSurvey([
    [1, 'late', 3, 'message.delivered'],
    [2, 'late', 2],
    [3, 'first', 2],
    [4, 'first', 1, 'message.sentRequest'],
    [5, 'clicked', 2],
    [6, 'clicked', 3, 'interaction.click'],
    [7, 'back', 2, 'message.delivered'],
    [8, 'back', 3, 'message.sent'],
  ]);
  expect(await survey.takeOpen(9)).toEqual([
    { messageId: 'first', name: 'message.sent', status: 'sent', revision: '2', storedAtMs: 3 },
    { messageId: 'clicked', name: 'message.sent', status: 'sent', revision: '2', storedAtMs: 5 },
    { messageId: 'back', name: 'message.sent', status: 'sent', revision: '3', storedAtMs: 8 },
  ]);
});

test('a last state that was stored lately is not open, nor what is no message', async () => {
  const survey = await openSurvey([
    [1, 'new', 1, 'message.sentRequest'],
    [100, 'new', 2],
    [1, 'in', 1, 'message.inbound'],
    [1, 'c-1', 1, 'conversationMessage.sent'],
  ]);
  expect(await survey.takeOpen(9)).toEqual([]);
  expect(survey.messages).toBe(1);
});
