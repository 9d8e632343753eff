import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { defaultLaneSettings } from '../../../src/stores/append/lane-store.ts';
import { createFakeStore } from '../../support/fake-store-lane.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';
import { createQueue, enqueue } from '../../support/queued-records.ts';

useFakeTimers();

test.each([
  [
    'its own circuit',
    [
      ['open', 'closed'],
      ['half_open', 'open'],
      ['open', 'half_open'],
    ],
  ],
  ['the circuit of a queue', [['open', 'closed']]],
])(
  'lets the trial of %s through on the connection that stands, though the timer came a millisecond before its time, until it is closed',
  async (which, circuitChanges) => {
    let lateMs = 0;
    const store = createFakeStore();
    const lane = store.openLane({
      clock: { ...systemClock, now: () => systemClock.now() - lateMs },
    });
    const queue = lane.openQueue({
      topic: 'events',
      partition: 0,
      name: 'events.0',
      onStop: () => undefined,
      onRecover: () => undefined,
    });
    const { circuit } = which === 'its own circuit' ? lane : queue;
    expect(queue.isUsable()).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.isUsable()).toBe(true);
    const append = enqueue(queue, ['x']);
    circuit.trip();
    expect(queue.isUsable()).toBe(false);
    await expect(append.promise).rejects.toMatchObject({ code: 'sink_unavailable' });
    lateMs = 1;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([circuit.state(), queue.isUsable()]).toEqual(['half_open', true]);
    expect(store.connections).toHaveLength(1);
    lane.circuit.trip();
    queue.circuit.trip();
    lane.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(store.circuitChanges).toEqual(circuitChanges);
  },
);

test('deep queues take turns, and requests at which the store ends the connection grow small', async () => {
  const store = createFakeStore();
  const lane = store.openLane();
  const names = Array.from({ length: 2 * defaultLaneSettings.maxFlushRecords }, () => 'x');
  const queues = [createQueue(0), createQueue(1)] as const;
  for (const queue of queues) {
    lane.adopt(queue);
    enqueue(queue, names);
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(store.requests.map((request) => Object.keys(request).join())).toEqual(['1', '0', '1', '0']);
  store.onSend = async ({ batches: [batch] }) => {
    batch?.queue.retry(batch, systemClock.now(), undefined);
    return 'connection';
  };
  enqueue(queues[0], names);
  await vi.advanceTimersByTimeAsync(400);
  expect(store.requests.slice(4, 7).map((request) => request[0]?.length)).toEqual([1000, 1000, 32]);
  lane.close();
});

test('a request without an answer is given up, told, and sent again on another connection, until the circuit opens', async () => {
  const store = createFakeStore({ mayAbandon: true });
  const { onSend } = store;
  store.onSend = () => new Promise(() => {});
  const lane = store.openLane();
  const queue = createQueue();
  lane.adopt(queue);
  const append = enqueue(queue, ['x']);
  await vi.advanceTimersByTimeAsync(2 * defaultLaneSettings.giveUpMs + 100);
  await expect(append.promise).rejects.toMatchObject({ code: 'sink_unavailable' });
  const msg = 'The fake store: a request was abandoned, and its connection is replaced';
  expect(store.log.lines).toMatchObject([{ msg }, { msg, err: { message: expect.any(String) } }]);
  store.onSend = onSend;
  await vi.advanceTimersByTimeAsync(1_000);
  const next = enqueue(queue, ['y']);
  await vi.advanceTimersByTimeAsync(0);
  expect(await next.promise).toEqual([]);
  expect(store.requests).toEqual([{ 0: ['x'] }, { 0: ['x'] }, { 0: ['y'] }]);
  expect([store.connections.length, store.discarded]).toEqual([3, ['timeout', 'timeout']]);
  expect(store.circuitChanges.map(([state]) => state)).toEqual(['open', 'half_open', 'closed']);
  // If a connection has stored a record, its replacement is opened immediately, even if earlier connections failed.
  store.connections.at(-1)?.drop();
  await vi.advanceTimersByTimeAsync(0);
  expect(store.connections).toHaveLength(4);
  lane.close();
});

test('a queue that waits to try again is tried when its wait is over, and not once the lane is closed', async () => {
  const store = createFakeStore();
  store.onSend = async ({ batches: [batch] }) => {
    batch?.queue.retry(batch, systemClock.now(), 'full');
    return undefined;
  };
  const lane = store.openLane();
  const queue = createQueue();
  lane.adopt(queue);
  enqueue(queue, ['x']);
  const tries: number[] = [];
  for (const ms of [10, 39, 2, 98, 2]) {
    await vi.advanceTimersByTimeAsync(ms);
    tries.push(store.requests.length);
  }
  expect(tries).toEqual([1, 1, 2, 2, 3]);
  // A queue also waits while the store demands a pause.
  store.throttledUntil = systemClock.now() + 1_000;
  await vi.advanceTimersByTimeAsync(999);
  expect(store.requests).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(2);
  expect(store.requests).toHaveLength(4);
  lane.close();
  expect(vi.getTimerCount()).toBe(0);
});
