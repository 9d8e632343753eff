import { expect, test } from 'vitest';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { type AnswerKind, errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { retryAnswers } from '../../../../src/stores/kafka/cluster/retry-answers.ts';

function setUp(kinds: readonly AnswerKind[], timeoutMs = 5_000) {
  const left = [...kinds];
  const stopped = new AbortController();
  const seen = { asked: 0, rerouted: 0 };
  const run = () =>
    retryAnswers(
      async () => {
        seen.asked += 1;
        const kind = left.shift();
        if (kind !== undefined) {
          throw new KafkaAnswerError(kind, errorCodes.NOT_COORDINATOR, kind);
        }
        return 'done';
      },
      {
        signal: stopped.signal,
        timeoutMs,
        onReroute: () => {
          seen.rerouted += 1;
        },
      },
    );
  return { run, seen, stopped };
}

test('what was not done is asked for again, and only another broker makes what is known out of date', async () => {
  const { run, seen } = setUp(['wait', 'reroute', 'wait']);
  expect(await run()).toBe('done');
  expect(seen).toEqual({ asked: 4, rerouted: 1 });
});

test.each(['refuse', 'fenced', 'fail'] as const)('an answer that says %s is not repeated', async (kind) => {
  const { run, seen } = setUp([kind]);
  await expect(run()).rejects.toMatchObject({ kind });
  expect(seen.asked).toBe(1);
});

test('after the time it gives up with the last answer', async () => {
  const { run, seen } = setUp(
    Array.from({ length: 1000 }, () => 'wait' as const),
    300,
  );
  await expect(run()).rejects.toMatchObject({ kind: 'wait' });
  expect(seen.asked).toBeGreaterThan(2);
});

test('a signal ends it while it waits', async () => {
  const { run, stopped } = setUp(Array.from({ length: 1000 }, () => 'wait' as const));
  const running = run();
  setTimeout(() => stopped.abort(new Error('released')), 10);
  await expect(running).rejects.toThrow();
});
