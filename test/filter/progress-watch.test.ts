import { expect, onTestFinished, test, vi } from 'vitest';
import { ProgressWatch } from '../../src/filter/progress-watch.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentObserver } from '../support/filter/silent-observer.ts';

function setUp(readEnds: () => Promise<ReadonlyMap<number, number>>) {
  vi.useFakeTimers();
  const lags: (number | undefined)[] = [];
  const watch = new ProgressWatch({
    readEnds,
    problems: { observe: () => {} },
    observer: { ...silentObserver, lag: (_partition, records) => lags.push(records) },
    clock: systemClock,
  });
  onTestFinished(() => {
    watch.stop();
    vi.useRealTimers();
  });
  const moveTo = (position: number) => watch.moved({ partition: 3, position, entities: 0 });
  return { watch, moveTo, lags, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

const ends = (end: number) => Promise.resolve(new Map([[3, end]]));

test('lag is what lies between the position and the end that was requested', async () => {
  const { moveTo, lags, pass } = setUp(() => ends(100));
  await pass(3_000);
  expect(lags).toEqual([]);
  moveTo(40);
  await pass(2_000);
  moveTo(100);
  await pass(2_000);
  expect(lags).toEqual([60, 0]);
});

test('a partition that stands still while records wait is a problem, until it moves', async () => {
  const { watch, moveTo, pass } = setUp(() => ends(100));
  await pass(60_000);
  moveTo(40);
  await pass(15_000);
  expect(watch.problems()).toEqual([]);
  await pass(500);
  expect(watch.problems()).toEqual([
    { partition: 3, problem: 'partition 3 has made no progress for 16 s, and 60 records are waiting' },
  ]);
  moveTo(50);
  expect(watch.problems()).toEqual([]);
  await pass(15_500);
  expect(watch.problems()).toHaveLength(1);
  watch.ended(3);
  expect(watch.problems()).toEqual([]);
});

test('a partition without anything to read may stand still for ever, and what comes then has its time', async () => {
  let end = 40;
  const { watch, moveTo, pass } = setUp(() => ends(end));
  moveTo(40);
  await pass(3_600_000);
  expect(watch.problems()).toEqual([]);
  end = 45;
  await pass(2_000);
  expect(watch.problems()).toEqual([]);
});

test('a log that is shorter than what was read waits as a whole: its lag is never 0', async () => {
  let end = 100;
  const { watch, moveTo, lags, pass } = setUp(() => ends(end));
  moveTo(100);
  await pass(2_000);
  end = 30;
  await pass(20_000);
  expect(lags.at(-1)).toBe(30);
  expect(watch.problems()).toHaveLength(1);
});

test('an end that was requested before more was read is no shorter log', async () => {
  let answer: (found: ReadonlyMap<number, number>) => void = () => {};
  const { moveTo, lags, pass } = setUp(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  moveTo(90);
  answer(new Map([[3, 90]]));
  await pass(2_000);
  moveTo(120);
  answer(new Map([[3, 100]]));
  await pass(0);
  expect(lags.at(-1)).toBe(0);
});

test('an end that nobody tells is a problem, and no lag of 0', async () => {
  let isDown = false;
  const { watch, moveTo, lags, pass } = setUp(() => (isDown ? Promise.reject(new Error('down')) : ends(40)));
  moveTo(40);
  await pass(2_000);
  expect(lags.at(-1)).toBe(0);
  isDown = true;
  await pass(15_000);
  expect([lags.at(-1), watch.problems()]).toEqual([0, []]);
  await pass(2_000);
  expect(lags.at(-1)).toBeUndefined();
  expect(watch.problems()).toEqual([
    { partition: 3, problem: 'partition 3: no broker has reported the end offset for 17 s' },
  ]);
});

test('asks for ends one time after the other, however long an answer takes', async () => {
  const answers: ((found: ReadonlyMap<number, number>) => void)[] = [];
  const { watch, pass } = setUp(() => new Promise((resolve) => answers.push(resolve)));
  await pass(5_500);
  expect(answers).toHaveLength(1);
  answers[0]?.(new Map());
  await pass(2_000);
  expect(answers).toHaveLength(2);
  watch.stop();
  answers[1]?.(new Map());
  await pass(5_000);
  expect(answers).toHaveLength(2);
});
