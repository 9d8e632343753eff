import { expect, test } from 'vitest';
import type { MessageState } from '../../../src/tools/provider/messages/message-api.ts';
import {
  type MessageResult,
  type RequestedState,
  reconcileMessages,
} from '../../../src/tools/reconcile/reconcile-messages.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const recentMs = 100;

/**
 * Reconciles one message for each given answer, at four calls per second. Each round takes one minute longer than the
 * round before.
 */
async function ask(answers: readonly (Partial<MessageState> | undefined)[]) {
  const clock = createFakeClock();
  const waits: number[] = [];
  const rounds: { readonly stored: readonly RequestedState[]; readonly results: readonly MessageResult[] }[] =
    [];
  const limits: number[] = [];
  let stored: readonly RequestedState[] = [];
  await reconcileMessages({
    survey: {
      async takeOpen(limit) {
        limits.push(limit);
        const [name, status, revision] = ['message.sent', 'sent', '2'] as const;
        return answers.map((_, id) => ({ messageId: `${id}`, name, status, revision, storedAtMs: 5 }));
      },
    },
    async findMessage(messageId) {
      const said = answers[Number(messageId)];
      return said && { messageId, status: 'read', updatedMs: recentMs - 1, json: '{}', ...said };
    },
    ...{ recentMs, rate: 4, clock },
    delay: async (ms) => void waits.push(ms),
    store: async (states) => {
      stored = states;
    },
    async take(results) {
      rounds.push({ stored, results });
      stored = [];
      clock.advance(60_000);
    },
  });
  expect(limits).toEqual([100_000]);
  return { waits, rounds, startedAtMs: createFakeClock().epochMs() };
}

test('calls are made at an even pace, eight at once at most, and what was not used is not made up for', async () => {
  const { waits, rounds } = await ask(Array.from({ length: 10 }, () => ({})));
  expect(waits).toEqual([250, 500, 750, 1_000, 1_250, 1_500, 1_750, 250]);
  expect(rounds.map(({ results }) => results.length)).toEqual([8, 2]);
});

test('what is missing is stored before the round is taken; what has changed lately is not missing yet', async () => {
  const { rounds, startedAtMs } = await ask([{ json: '[]' }, { updatedMs: recentMs }, undefined]);
  const missing = {
    ...{ messageId: '0', outcome: 'missing', reported: { status: 'read', updatedMs: recentMs - 1 } },
    stored: { name: 'message.sent', revision: '2', atMs: 5 },
  };
  expect(rounds).toEqual([
    {
      stored: [{ ...missing, requestedAtMs: startedAtMs, json: '[]' }],
      results: [
        missing,
        expect.objectContaining({ outcome: 'recent', reported: { status: 'read', updatedMs: recentMs } }),
        expect.objectContaining({ outcome: 'unknown', reported: undefined }),
      ],
    },
  ]);
});
