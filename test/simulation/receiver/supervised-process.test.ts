import { expect, test } from 'vitest';
import type { RunningProcess } from '../../../src/runtime/run-process.ts';
import { type RunningWorld, startWorld } from '../world/world.ts';
import { superviseProcess } from './supervised-process.ts';

function supervise(world: RunningWorld, run: () => Promise<RunningProcess>, restartMs?: number) {
  const supervised = superviseProcess({
    ...{ world, name: 'one', logLevel: 'silent', shutdownTimeoutMs: 2_000, run },
    ...(restartMs !== undefined && { restartMs }),
  });
  supervised.start();
  return supervised;
}

const stops: RunningProcess = { stop: async () => undefined };

test.for<[string, () => Promise<RunningProcess>, string]>([
  ['cannot start', () => Promise.reject(new Error('no port')), 'one ended with 1'],
  ['cannot stop', async () => ({ stop: () => Promise.reject(new Error('no')) }), 'one ended with 1'],
  [
    'cannot go on',
    async () => ({ ...stops, failed: Promise.resolve(new Error('no disk')) }),
    'one ended with 1',
  ],
])('a process that %s has a fault', async ([, run, fault]) => {
  using world = startWorld(1);
  const process = supervise(world, run);
  await world.runFor(100);
  process.terminate();
  await world.runFor(5_000);
  expect([process.isUp(), process.faults]).toEqual([false, [fault]]);
});

test('one that stands still is killed after its grace', async () => {
  using world = startWorld(1);
  const process = supervise(world, async () => {
    // No timer of the process runs after the process has ended.
    world.after(50, () => world.processes.current()?.end());
    return { stop: () => new Promise(() => undefined) };
  });
  await world.runFor(100);
  process.terminate();
  await world.runFor(1_900);
  expect(process.isUp()).toBe(true);
  await world.runFor(1_000);
  expect([process.isUp(), process.faults]).toEqual([false, ['one ended with 1']]);
});

test('one that may end by itself is started again, and only its ordered end is judged', async () => {
  using world = startWorld(1);
  let starts = 0;
  const process = supervise(
    world,
    async () => {
      starts += 1;
      return starts === 1 ? { ...stops, failed: Promise.resolve(new Error('fenced')) } : stops;
    },
    500,
  );
  await world.runFor(2_000);
  expect([starts, process.isUp(), process.faults]).toEqual([2, true, []]);
});
