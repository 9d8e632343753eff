import { expect, test } from 'vitest';
import { judgeByTests } from './judges.ts';
import { settle } from './settle.ts';

const file = 'test/ports/a.test.ts';

/**
 * Decides whether a mutant caused a failure.
 *
 * @param isOverdue returns whether the tests time out. It receives the number of earlier runs, and whether the code
 * contains the mutant.
 */
function settleBesideWork(isOverdue: (asked: number, isChanged: boolean) => boolean) {
  let isChanged = false;
  const asked: boolean[] = [];
  const warmTests = {
    run: async () => {
      const isOver = isOverdue(asked.length, isChanged);
      asked.push(isChanged);
      return { failures: isOver ? [{ file, test: 'no end within 15 s' }] : [], ranMs: {} };
    },
  };
  const apply = () => {
    isChanged = true;
    return () => {
      isChanged = false;
    };
  };
  const context = { changed: [], warmTests, testFiles: { ranMs: new Map() } };
  return settle(apply, () => judgeByTests(context, [file])).then((verdict) => ({
    verdict: verdict?.isSettled,
    asked,
  }));
}

test('what comes to no end beside unchanged code that does has found the change', async () => {
  expect(await settleBesideWork((_, isChanged) => isChanged)).toEqual({
    verdict: true,
    asked: [true, false, true],
  });
});

test('on a machine where the unchanged code comes to no end either, nothing is found', async () => {
  expect((await settleBesideWork(() => true)).verdict).toBe(false);
});

test('a change that came to no end once is judged again', async () => {
  expect((await settleBesideWork((asked) => asked === 0)).verdict).toBeUndefined();
});
