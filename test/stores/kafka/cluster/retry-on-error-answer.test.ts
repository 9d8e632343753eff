import { expect, test } from 'vitest';
import { KafkaAnswerError } from '../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { type AnswerKind, errorCodes } from '../../../../src/stores/kafka/cluster/errors/kafka-errors.ts';
import { retryOnErrorAnswer } from '../../../../src/stores/kafka/cluster/retry-on-error-answer.ts';
import { inVirtualTime } from '../../../support/in-virtual-time.ts';

function setUp(kinds: readonly AnswerKind[]) {
  const left = [...kinds];
  const stopped = new AbortController();
  const seen = { asked: 0, rerouted: 0 };
  const run = () =>
    retryOnErrorAnswer(
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
        timeoutMs: 5_000,
        onReroute: () => {
          seen.rerouted += 1;
        },
      },
    );
  return { run, seen, stopped };
}

test('what was not done is requested again, and only another broker makes what is known out of date', async () => {
  const { run, seen } = setUp(['wait', 'reroute', 'wait']);
  expect(await run()).toBe('done');
  expect(seen).toEqual({ asked: 4, rerouted: 1 });
});

test.each(['reject', 'fenced', 'fail'] as const)('an answer that says %s is not repeated', async (kind) => {
  const { run, seen } = setUp([kind]);
  await expect(run()).rejects.toMatchObject({ kind });
  expect(seen.asked).toBe(1);
});

test('it asks less and less often, another broker not at once, tells of it when it takes long, and gives up', () =>
  inVirtualTime(async () => {
    const attemptsOf = async (kind: AnswerKind) => {
      const slow: number[] = [];
      const attempts: number[] = [];
      const startedAt = performance.now();
      const tookMs = () => Math.round(performance.now() - startedAt);
      const run = retryOnErrorAnswer(
        async () => {
          attempts.push(tookMs());
          throw new KafkaAnswerError(kind, errorCodes.NOT_COORDINATOR, kind);
        },
        { timeoutMs: 2_504, onReroute: () => {}, onSlow: () => void slow.push(tookMs()) },
      );
      await expect(run).rejects.toMatchObject({ kind });
      return [attempts, slow];
    };
    const often = [0, 2, 6, 14, 30, 62, 126, 254, 504, 754, 1004, 1254, 1504, 1754];
    expect(await attemptsOf('wait')).toEqual([
      [...often, 2004, 2254, 2504, 2754],
      [2004, 2254, 2504],
    ]);
    expect((await attemptsOf('reroute'))[0]?.slice(0, 6)).toEqual([0, 25, 75, 175, 375, 625]);
  }));

test('a signal ends it while it waits', async () => {
  const { run, stopped } = setUp(Array.from({ length: 1000 }, () => 'wait' as const));
  const running = run();
  setTimeout(() => stopped.abort(new Error('released')), 10);
  await expect(running).rejects.toThrow();
});
