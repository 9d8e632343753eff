import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { DirectoryKeeper } from '../../../src/stores/journal/directory-keeper.ts';
import { InUseError } from '../../../src/stores/journal/directory-lease.ts';
import { captureLog } from '../../support/captured-log.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

function createOpened() {
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  return {
    ...{ lost, lose, closed: 0 },
    async close() {
      this.closed += 1;
    },
  };
}

/** Creates a keeper whose first attempts fail with these errors, in this order. Later attempts succeed. */
function createKeeper(...reasons: readonly (string | Error)[]) {
  const directory = join(temporaryDirectory(), 'a');
  const log = captureLog();
  const left = [...reasons];
  const all: ReturnType<typeof createOpened>[] = [];
  const keeper = new DirectoryKeeper({
    ...{ name: 'journal', directory, variable: 'DATA_DIR', retryIntervalMs: 5, logger: log.logger },
    consequence: '',
    async open() {
      const reason = left.shift();
      if (reason !== undefined) {
        throw reason instanceof Error ? reason : new Error(reason);
      }
      const opened = createOpened();
      all.push(opened);
      return opened;
    },
  });
  onTestFinished(() => keeper.close());
  return { keeper, directory, all, log };
}

test('says that nothing is open before the first attempt', () => {
  const { keeper } = createKeeper();
  expect([keeper.current, keeper.openProblem, keeper.isClosed, keeper.isFinal]).toEqual([
    undefined,
    'the journal is not open yet',
    false,
    false,
  ]);
});

const coded = (code: string) => Object.assign(new Error(code), { code });

test.each([
  [new InUseError('in use'), true],
  [coded('EACCES'), true],
  [new Error('not made', { cause: coded('EROFS') }), true],
  [coded('EIO'), false],
])('tells whether %s passes by itself, until it is open', async (reason, isFinal) => {
  const { keeper } = createKeeper(reason);
  const opening = keeper.keepOpen();
  await keeper.firstAttempt;
  expect(keeper.isFinal).toBe(isFinal);
  await opening;
  expect(keeper.isFinal).toBe(false);
});

test('tries until it succeeds, and logs each reason once', async () => {
  const { keeper, all, log } = createKeeper('in use', 'in use', 'read-only', 'read-only');
  const opening = keeper.keepOpen();
  await keeper.firstAttempt;
  expect([keeper.current, keeper.openProblem]).toEqual([undefined, 'in use']);
  await opening;
  expect(keeper.current).toBe(all[0]);
  expect(log.lines).toMatchObject([
    { msg: 'the journal cannot be opened: in use', err: { message: 'in use' } },
    { msg: 'the journal cannot be opened: read-only', err: { message: 'read-only' } },
  ]);
});

test.each([new InUseError('in use by process 7'), coded('EACCES')])(
  'logs %s, which the operator has to solve, without a stack',
  async (reason) => {
    const { keeper, log } = createKeeper(reason);
    await keeper.keepOpen();
    expect(log.lines).toMatchObject([
      { msg: expect.stringContaining(`the journal cannot be opened: ${reason.message}`) },
    ]);
    expect(log.text()).not.toContain('stack');
  },
);

test('makes the directory once: one that vanishes later may be a disk that is not mounted', async () => {
  const { keeper, directory, all } = createKeeper();
  await keeper.keepOpen();
  expect(existsSync(directory)).toBe(true);
  rmSync(directory, { recursive: true });
  all[0]?.lose();
  await expect.poll(() => keeper.current).toBe(all[1]);
  expect(existsSync(directory)).toBe(false);
});

test('closes what it has lost, and opens it again', async () => {
  const { keeper, all, log } = createKeeper();
  await keeper.keepOpen();
  all[0]?.lose();
  await expect.poll(() => keeper.openProblem).toBe('the journal was taken over by another process');
  await expect.poll(() => keeper.current === all[1]).toBe(true);
  expect(all.map(({ closed }) => closed)).toEqual([1, 0]);
  expect(log.lines).toMatchObject([{ level: 'error', msg: keeper.openProblem }]);
});

test('closes what is open, and ends trying', async () => {
  const { keeper, all } = createKeeper();
  await keeper.keepOpen();
  await keeper.close();
  expect([all[0]?.closed, keeper.isClosed]).toEqual([1, true]);

  const other = createKeeper(...Array.from({ length: 1_000 }, (_, index) => `reason ${index}`));
  const opening = other.keeper.keepOpen();
  await other.keeper.firstAttempt;
  await setImmediate();
  await other.keeper.close();
  await opening;
  expect(other.keeper.current).toBeUndefined();

  const early = createKeeper();
  void early.keeper.keepOpen();
  await early.keeper.close();
  expect(early.all.map(({ closed }) => closed)).toEqual([1]);
});
