import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClusterView } from '../../../src/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../src/kafka/errors/connection-error.ts';
import { createClusterWatcher } from '../../../src/kafka/produce/cluster-watcher.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';

const view: ClusterView = { brokers: new Map(), topics: new Map() };
const refreshMs = { healthy: 10_000, unhealthy: 500, min: 100 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const state = { healthy: true, failing: false, views: 0, closed: false };
  const others: boolean[] = [];
  const watcher = createClusterWatcher({
    reader: {
      async read(_topics, { another } = { another: false }) {
        others.push(another);
        if (state.failing) {
          throw new ConnectionError('timeout', 'too late');
        }
        return view;
      },
      describeTopic: async () => undefined,
      close: () => {
        state.closed = true;
      },
    },
    topics: ['events'],
    settings: { refreshMs },
    clock: systemClock,
    logger: createLogger('silent'),
    isHealthy: () => state.healthy,
    onView: () => {
      state.views += 1;
    },
    describe: (error) => `described: ${error instanceof Error ? error.message : ''}`,
  });
  return { watcher, state, others };
}

test('it reads at once, rarely while all is well, and often while something is not', async () => {
  const { state, others } = setUp();
  await vi.advanceTimersByTimeAsync(0);
  expect(state.views).toBe(1);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(state.views).toBe(1);
  state.healthy = false;
  await vi.advanceTimersByTimeAsync(1);
  expect(state.views).toBe(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.views).toBe(4);
  expect(others).toEqual([false, false, false, false]);
});

test('a refresh asks another broker soon, but not more often than the shortest time', async () => {
  const { watcher, others } = setUp();
  await vi.advanceTimersByTimeAsync(10);
  watcher.refresh();
  watcher.refresh();
  await vi.advanceTimersByTimeAsync(99);
  expect(others).toEqual([false]);
  await vi.advanceTimersByTimeAsync(1);
  expect(others).toEqual([false, true]);
});

test('a failed reading is a problem until one succeeds', async () => {
  const { watcher, state } = setUp();
  state.failing = true;
  await vi.advanceTimersByTimeAsync(0);
  expect(watcher.problem()).toBe('described: too late');
  state.failing = false;
  await vi.advanceTimersByTimeAsync(500);
  expect(watcher.problem()).toBeUndefined();
});

test('stopped, it reads no more and closes the reader', async () => {
  const { watcher, state, others } = setUp();
  watcher.stop();
  watcher.refresh();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(others).toEqual([]);
  expect(state.closed).toBe(true);
});
