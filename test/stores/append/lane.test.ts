import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { Lane } from '../../../src/stores/append/lane.ts';
import {
  defaultLaneSettings,
  type LaneConnection,
  type LaneFailure,
} from '../../../src/stores/append/lane-store.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createFakeStore, noMetrics } from '../../support/fake-store-lane.ts';
import { createQueue, enqueue } from '../../support/queued-records.ts';

interface TestConnection extends LaneConnection {
  end(): void;
}

/** It connects at once. */
function createConnection(): TestConnection {
  let isOpen = true;
  let listener = () => {};
  return {
    connect: async () => {},
    isOpen: () => isOpen,
    onEnd(given) {
      listener = given;
    },
    throttledUntil: () => 0,
    close() {
      isOpen = false;
    },
    end() {
      isOpen = false;
      listener();
    },
  };
}

test('takes records again when its circuit opens for a request of a connection that has a good successor already', async () => {
  const connections: TestConnection[] = [];
  const answers: ((failure: LaneFailure | undefined) => void)[] = [];
  const lane = new Lane<TestConnection, string>({
    store: {
      name: 'It',
      label: 'it',
      openConnection() {
        const connection = createConnection();
        connections.push(connection);
        return connection;
      },
      send: () =>
        new Promise((resolve) =>
          answers.push((failure) => resolve({ failure, outcomes: [{ action: 'retry', cause: 'no' }] })),
        ),
      reportConnectError: () => 'no',
      onDisconnect: () => {},
      onCircuitChange: () => {},
    },
    settings: {
      ...defaultLaneSettings,
      circuit: { openAfterMs: 0, minFailures: 1, probeDelayMs: { first: 100, last: 100 } },
    },
    clock: systemClock,
    logger: captureLog().logger,
    metrics: noMetrics,
    onChange: () => {},
  });
  onTestFinished(() => lane.close());
  const queue = createQueue();
  lane.adopt(queue);
  enqueue(queue, ['x']);
  await expect.poll(() => answers.length).toBe(1);

  connections[0]?.end();
  await expect.poll(() => connections.length).toBe(2);
  await delay(20);
  answers[0]?.('connection');
  await expect.poll(() => lane.circuit.state()).toBe('open');
  await expect.poll(() => lane.isUsable()).toBe(true);
  expect(connections).toHaveLength(2);
});

test('lets the trial of a queue through although the timer came a millisecond before its time, until it is closed', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  let lateMs = 0;
  const lane = createFakeStore().openLane({
    clock: { ...systemClock, now: () => systemClock.now() - lateMs },
    onChange: () => undefined,
  });
  const queue = lane.openQueue({
    topic: 'events',
    partition: 0,
    name: 'events.0',
    onStop: () => undefined,
    onRecover: () => undefined,
  });
  queue.circuit.trip();
  lateMs = 1;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(queue.circuit.state()).toBe('half_open');
  queue.circuit.trip();
  lane.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a connection that has stored something is replaced at once when it ends, whatever failed before it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const store = createFakeStore();
  store.onConnect = () => Promise.reject(new Error('refused'));
  const lane = store.openLane({ onChange: () => undefined });
  onTestFinished(() => lane.close());
  const queue = createQueue();
  lane.adopt(queue);
  await vi.advanceTimersByTimeAsync(1_000);
  store.onConnect = () => Promise.resolve();
  await vi.advanceTimersByTimeAsync(500);
  enqueue(queue, ['x']);
  lane.wakeUp();
  await vi.advanceTimersByTimeAsync(0);
  expect(store.requests).toHaveLength(1);
  const { length } = store.connections;
  store.connections.at(-1)?.drop();
  await vi.advanceTimersByTimeAsync(1);
  expect(store.connections).toHaveLength(length + 1);
});
