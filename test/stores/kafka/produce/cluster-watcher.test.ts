import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../../src/runtime/clock.ts';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import {
  ClusterWatcher,
  createClusterIdentity,
} from '../../../../src/stores/kafka/produce/cluster-watcher.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';

test('another cluster is noticed once; a broker that reports no id changes nothing', () => {
  const log = captureLog();
  const identity = createClusterIdentity({ clock: createFakeClock(), logger: log.logger });
  const see = (...ids: readonly (string | undefined)[]) => {
    for (const clusterId of ids) {
      identity.applyView(clusterId === undefined ? {} : { clusterId });
    }
  };
  see(undefined, 'a', undefined, 'a');
  expect(identity.notice()).toBeUndefined();
  expect(log.lines).toEqual([]);
  see('b', undefined, 'b');
  expect(identity.notice()).toMatch(
    /^Since \d{4}-.*Z, another Kafka cluster responds: its id is b, but at the start the id was a\./,
  );
  expect(log.lines).toMatchObject([{ before: 'a', now: 'b' }]);
});

describe('ClusterWatcher', () => {
  const view: ClusterView = { brokers: new Map(), topics: new Map() };
  const refreshMs = { healthy: 10_000, unhealthy: 500, min: 100 };

  useFakeTimers();

  function setUpWatcher() {
    const failure = new ConnectionError('timeout', 'too late');
    const state = { healthy: true, failing: false, failure, views: 0, closed: false };
    const others: boolean[] = [];
    const log = captureLog();
    const watcher = new ClusterWatcher({
      reader: {
        bootstrap: ['kafka:9092'],
        async read(_topics, { another } = { another: false }) {
          others.push(another);
          if (state.failing) {
            throw state.failure;
          }
          return view;
        },
        close: () => {
          state.closed = true;
        },
      },
      refreshMs,
      clock: systemClock,
      logger: log.logger,
    });
    watcher.start({
      topics: ['events'],
      isHealthy: () => state.healthy,
      onView: () => {
        state.views += 1;
      },
    });
    return { watcher, state, others, lines: log.lines };
  }

  test('it reads at once, rarely while all is well, and often while something is not', async () => {
    const { state, others } = setUpWatcher();
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
    const { watcher, others } = setUpWatcher();
    await vi.advanceTimersByTimeAsync(10);
    watcher.refresh();
    watcher.refresh();
    await vi.advanceTimersByTimeAsync(99);
    expect(others).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(others).toEqual([false, true]);
  });

  test('a failed reading is a problem until one succeeds', async () => {
    const { watcher, state } = setUpWatcher();
    state.failing = true;
    await vi.advanceTimersByTimeAsync(0);
    expect([watcher.problem(), watcher.isFinal()]).toEqual([
      expect.stringMatching(/^Kafka \(kafka:9092\) is unavailable: too late/),
      false,
    ]);
    state.failure = new ConnectionError('authentication', 'wrong password', {
      cause: Object.assign(new Error('x'), { name: 'KafkaJSSASLAuthenticationError' }),
    });
    await vi.advanceTimersByTimeAsync(500);
    expect([watcher.problem(), watcher.isFinal()]).toEqual([expect.stringContaining('wrong password'), true]);
    state.failing = false;
    await vi.advanceTimersByTimeAsync(500);
    expect([watcher.problem(), watcher.isFinal()]).toEqual([undefined, false]);
  });

  test('a problem is logged at once and each half minute, another one five seconds later, and the end', async () => {
    const { state, lines } = setUpWatcher();
    const counts: number[] = [];
    const pass = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms);
      counts.push(lines.length);
    };
    state.failing = true;
    for (const ms of [0, 29_999, 1, 29_999, 1]) {
      await pass(ms);
    }
    state.failure = new ConnectionError('connection', 'refused');
    for (const ms of [4_999, 1]) {
      await pass(ms);
    }
    state.failing = false;
    await pass(500);
    state.failing = true;
    await pass(refreshMs.healthy);
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 5, 6]);
    expect(lines.slice(2).map(({ level, reason }) => [level, reason])).toEqual([
      ['error', 'timeout'],
      ['error', 'connection'],
      ['info', undefined],
      ['error', 'connection'],
    ]);
  });

  test('stopped, it reads no more and closes the reader', async () => {
    const { watcher, state, others } = setUpWatcher();
    watcher.stop();
    watcher.refresh();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(others).toEqual([]);
    expect(state.closed).toBe(true);
  });
});
