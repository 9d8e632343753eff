import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { SinkError } from '../../src/sink/sink.ts';
import { runDrainLoop } from '../../src/spool/drain-loop.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, openTestSpool } from '../support/test-spool.ts';

async function startLoop(records: number, padding = 0) {
  const spool = await openTestSpool(temporaryDirectory());
  const add = async (revision: number) => spool.append([createEventRecord('a', revision, padding)], 5_000);
  for (let revision = 1; revision <= records; revision += 1) {
    await add(revision);
  }
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const state = { up: true, isClosing: false, failing: false, canComplete: true };
  const calls: string[] = [];
  let isHandover = false;
  const run = () =>
    runDrainLoop({
      spool,
      store: { health: () => ({ up: state.up, detail: '' }) },
      router: {
        beginHandover() {
          calls.push('begin');
          isHandover = true;
        },
        cancelHandover() {
          calls.push('cancel');
          isHandover = false;
        },
        completeHandover() {
          calls.push('complete');
          return isHandover && state.canComplete;
        },
      },
      toChunkInHand: (chunk) => ({
        async drain() {
          calls.push(`drain ${chunk.lines.length}`);
          if (state.failing) {
            throw new SinkError('sink_timeout', 'a test said so');
          }
          await spool.drained(chunk);
        },
      }),
      onFailure: (error) => calls.push(error.message),
      isClosing: () => state.isClosing,
      stop: stop.signal,
      clock: systemClock,
    });
  return { spool, add, state, calls, run, stop };
}

test('drains in chunks, and lets appends wait only when the end is near', async () => {
  const { calls, run } = await startLoop(8, 200_000);
  await run();
  expect(calls).toEqual(['drain 5', 'drain 3', 'begin', 'complete']);
});

test('goes on when the handover was cancelled', async () => {
  const { calls, run, state, spool, add } = await startLoop(1);
  state.canComplete = false;
  const loop = run();
  await expect.poll(() => calls).toContain('complete');
  await add(2);
  await expect.poll(() => spool.records).toBe(0);
  state.canComplete = true;
  await loop;
  expect(calls.filter((call) => call.startsWith('drain'))).toEqual(['drain 1', 'drain 1']);
});

test('lets the event loop turn while all that there is is on its way to disk', async () => {
  const { spool, run, stop, calls } = await startLoop(0);
  let reads = 0;
  const read = spool.read.bind(spool);
  spool.read = (limits) => {
    reads += 1;
    if (reads > 1_000) {
      stop.abort();
    }
    return read(limits);
  };
  const appended = spool.append([createEventRecord('a', 1, 300_000)], 5_000);
  await run();
  await appended;
  expect([spool.records, reads > 1_000]).toEqual([0, false]);
  expect(calls.slice(-4)).toEqual(['complete', 'drain 1', 'begin', 'complete']);
});

test('waits for the store, and tries again what it did not take', async () => {
  const { calls, run, state } = await startLoop(1);
  state.up = false;
  const loop = run();
  await expect.poll(() => calls).toContain('cancel');
  expect(calls).not.toContain('drain 1');
  state.failing = true;
  state.up = true;
  await expect.poll(() => calls.filter((call) => call === 'a test said so').length).toBeGreaterThan(1);
  state.failing = false;
  await loop;
  expect(calls.slice(-3)).toEqual(['drain 1', 'begin', 'complete']);
});

test.each(['up', 'failing'] as const)(
  'ends at once in a shutdown when the store is not well (%s)',
  async (what) => {
    const { calls, run, state, spool } = await startLoop(1);
    state.isClosing = true;
    state[what] = what === 'failing';
    await run();
    expect(spool.records).toBe(1);
    expect(calls).not.toContain('complete');
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
