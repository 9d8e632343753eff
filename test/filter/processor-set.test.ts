import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ProcessorSet } from '../../src/filter/processor-set.ts';

/** Creates processors whose end the test controls. */
function setUp() {
  const log: string[] = [];
  const ends = new Map<number, () => void>();
  const set = new ProcessorSet((partition) => {
    log.push(`start ${partition}`);
    return {
      partition,
      state: 'running',
      stop(how) {
        log.push(`stop ${partition} ${how}`);
        return new Promise((resolve) => ends.set(partition, resolve));
      },
    };
  });
  return { log, set, end: (partition: number) => ends.get(partition)?.() };
}

test('starts and stops what an assignment changes, and leaves the rest alone', () => {
  const { log, set } = setUp();
  set.assign([0, 1]);
  set.assign([1, 2]);
  expect(log).toEqual(['start 0', 'start 1', 'stop 0 at_once', 'start 2']);
  expect(set.owned()).toEqual([1, 2]);
  expect(set.states()).toEqual([
    { partition: 1, state: 'running' },
    { partition: 2, state: 'running' },
  ]);
});

test('starts a partition again only when its last processor has ended', async () => {
  const { log, set, end } = setUp();
  set.assign([0]);
  set.assign([]);
  set.assign([0]);
  expect(log).toEqual(['start 0', 'stop 0 at_once']);
  end(0);
  await expect.poll(() => log.at(-1)).toBe('start 0');
});

test('completes all when it is stopped, also those that were ending, and starts none', async () => {
  const { log, set, end } = setUp();
  set.assign([0, 1]);
  set.assign([1]);
  let isStopped = false;
  const stopping = set.stop().finally(() => {
    isStopped = true;
  });
  set.assign([1, 2]);
  end(1);
  await turn();
  expect(isStopped).toBe(false);
  end(0);
  await stopping;
  expect(log).toEqual(['start 0', 'start 1', 'stop 0 at_once', 'stop 1 finish']);
  expect(set.owned()).toEqual([]);
});
