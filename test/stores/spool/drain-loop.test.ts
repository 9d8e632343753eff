import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Waiting } from '../../../src/stores/spool/backlog.ts';
import { drainSpool } from '../../../src/stores/spool/drain-loop.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, openTestSpool, spoolRecords } from '../../support/test-spool.ts';

async function startLoop(records: number, padding = 0) {
  const spool = await openTestSpool(temporaryDirectory());
  const add = (revision: number) => spoolRecords(spool, [createEventRecord('a', revision, padding)]);
  for (let revision = 1; revision <= records; revision += 1) {
    await add(revision);
  }
  for (const waiting of spool.backlog) {
    waiting.taken();
  }
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const state = { up: true, isClosing: false, failing: false, canComplete: true };
  const calls: string[] = [];
  const handovers = new Set<Waiting>();
  const run = () =>
    drainSpool({
      current: () => spool,
      store: { partitionCount: () => 1, problemOf: () => (state.up ? undefined : 'it is away') },
      topics: new Set(['events']),
      router: {
        beginHandover(waiting) {
          if (!handovers.has(waiting)) {
            calls.push('begin');
            handovers.add(waiting);
          }
        },
        cancelHandover() {
          calls.push('cancel');
          handovers.clear();
        },
        completeHandover(waiting) {
          const isDone = handovers.has(waiting) && state.canComplete;
          calls.push(isDone ? 'complete' : 'not complete');
          if (isDone) {
            spool.backlog.remove(waiting);
          }
          return isDone;
        },
      },
      async send(from, { lines, start, next }, waiting) {
        calls.push(`drain ${lines.length}`);
        for (const each of waiting) {
          if (state.failing) {
            each.refused('a test said so', systemClock.now());
          } else {
            each.moveTo(next);
            each.taken();
            from.drainedOf(start.segment, lines.length);
          }
        }
        return !state.failing;
      },
      onFailure: (error) => error && calls.push(error.message),
      isClosing: () => state.isClosing,
      stop: stop.signal,
      clock: systemClock,
    });
  return { spool, add, state, calls, run, stop };
}

const drains = (calls: readonly string[]) => calls.filter((call) => call.startsWith('drain'));

test('drains in chunks, and lets appends wait only when the end is near', async () => {
  const { calls, run } = await startLoop(8, 200_000);
  await run();
  expect(calls).toEqual(['drain 5', 'drain 3', 'begin', 'complete']);
});

test('goes on when the handover was cancelled', async () => {
  const { calls, run, state, spool, add } = await startLoop(1);
  state.canComplete = false;
  const loop = run();
  await expect.poll(() => calls).toContain('not complete');
  await add(2);
  await expect.poll(() => spool.records).toBe(0);
  state.canComplete = true;
  await loop;
  expect(drains(calls)).toEqual(['drain 1', 'drain 1']);
});

test('what is as far as the rest goes on with it', async () => {
  const { spool, calls, run } = await startLoop(8, 200_000);
  const [share] = spool.backlog;
  spool.backlog.add(undefined, share?.position ?? { segment: '', offset: 0 });
  await run();
  expect(calls.filter((call) => call === 'complete')).toHaveLength(1);
});

test('lets the event loop turn while all that there is is on its way to disk', async () => {
  const { spool, run, stop, calls, add } = await startLoop(0, 300_000);
  let reads = 0;
  const read = spool.read.bind(spool);
  spool.read = (...args) => {
    reads += 1;
    if (reads > 1_000) {
      stop.abort();
    }
    return read(...args);
  };
  const appended = add(1);
  for (const waiting of spool.backlog) {
    waiting.taken();
  }
  await run();
  await appended;
  expect([spool.records, reads > 1_000, drains(calls)]).toEqual([0, false, ['drain 1']]);
});

test('does not ask a store that is away, and tries again what it did not take', async () => {
  const { calls, run, state } = await startLoop(1);
  state.up = false;
  const loop = run();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(calls).toEqual([]);
  state.failing = true;
  state.up = true;
  await expect.poll(() => drains(calls).length).toBeGreaterThan(1);
  state.failing = false;
  await loop;
  expect(calls.at(-1)).toBe('complete');
});

test('says that the disk fails, and goes on when it works again', async () => {
  const { calls, run, spool } = await startLoop(1);
  const read = spool.read.bind(spool);
  spool.read = () => Promise.reject(new Error('EIO'));
  const loop = run();
  await expect.poll(() => calls).toContain('EIO');
  spool.read = read;
  await loop;
  expect(spool.records).toBe(0);
});

test.each(['up', 'failing'] as const)(
  'ends at once in a shutdown when the store is not well (%s)',
  async (what) => {
    const { run, state, spool } = await startLoop(1);
    state.isClosing = true;
    state[what] = what === 'failing';
    await run();
    expect(spool.records).toBe(1);
  },
);

test('drains to the end in a shutdown when the store is well', async () => {
  const { run, state, spool } = await startLoop(3);
  state.isClosing = true;
  await run();
  expect(spool.records).toBe(0);
});

test('ends when it is stopped', async () => {
  const { run, state, stop, spool } = await startLoop(1);
  state.up = false;
  const loop = run();
  stop.abort();
  await loop;
  expect(spool.records).toBe(1);
});
