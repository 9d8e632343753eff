import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { PartitionQueue } from '../../../src/stores/append/partition-queue.ts';
import { createQueuedSink } from '../../../src/stores/append/queued-sink.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createFakeStore } from '../../support/fake-store-lane.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';

const topic = 'events';

/** Creates a sink with two queues and one lane, which is the sender to one server. */
function setUp() {
  const store = createFakeStore();
  const log: string[] = [];
  const queues: PartitionQueue[] = [];
  const facts = { isFinal: false, readDepth: () => 0 };
  const sink = createQueuedSink({
    clock: systemClock,
    metrics: { observeQueue: (read) => Object.assign(facts, { readDepth: read }) },
    pairs: [],
    connect() {
      const lane = store.openLane();
      for (const partition of [0, 1]) {
        const name = `${topic}.${partition}`;
        const onStop = (cause: string | undefined) => log.push(`${name} stopped: ${cause}`);
        const onRecover = () => log.push(`${name} recovered`);
        queues.push(lane.openQueue({ topic, partition, name, onStop, onRecover }));
      }
      return {
        ...{ topics: new Map([[topic, { queues }]]), queueWord: 'queue', isFinal: () => facts.isFinal },
        close() {
          lane.close();
          log.push('closed');
        },
      };
    },
  });
  return { store, sink, log, facts };
}

const record = (value: string, key: string | null = 'k') => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: {},
});
const soon = () => deadlineIn(8_000);

describe('queued sink', () => {
  useFakeTimers();
  const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  it('says of each topic what keeps it from taking records, until it takes them', async () => {
    const { sink } = setUp();
    expect(sink.status?.()).toEqual({ topics: [] });
    expect(sink.health()).toEqual({ up: false, detail: 'the sink has not been started' });
    const starting = sink.start();
    expect(sink.status?.().topics).toMatchObject([{ topic, problem: 'no queue of events accepts records' }]);
    await settle(10);
    await starting;
    expect(sink.status?.().topics).toEqual([{ topic, validation: undefined, problem: undefined }]);
    await sink.close();
  });

  it('keeps no record for which nobody waits any more', async () => {
    const { store, sink, facts } = setUp();
    void sink.start();
    await settle(10);
    const answer = Promise.withResolvers<undefined>();
    store.onSend = () => answer.promise;
    const inFlight = sink.append([record('a')], deadlineIn(1_100));
    await settle();
    const behindIt = sink.append([record('b')], deadlineIn(1_000));
    const over = Promise.allSettled([inFlight, behindIt]);
    const left = behindIt.catch(() => facts.readDepth());
    expect(facts.readDepth()).toBe(2);
    await settle(1_100);
    expect(await left).toBe(1);
    expect(await over).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    answer.resolve(undefined);
    await sink.close();
  });

  it('says why it cannot start, and starts when the store is there', async () => {
    const { store, sink, facts } = setUp();
    store.onConnect = () => Promise.reject(new Error('refused'));
    const starting = sink.start();
    await settle(20_000);
    const down = { up: false, detail: 'no queue of events accepts records: fake store: Error: refused' };
    expect(sink.health()).toEqual(down);
    facts.isFinal = true;
    expect(sink.health()).toEqual({ ...down, isFinal: true });
    store.onConnect = () => Promise.resolve();
    await settle(3_000);
    await starting;
    expect(sink.health()).toEqual({ up: true, detail: '' });
    await sink.close();
  });

  it('repeats a batch in its order when nobody knows whether it is stored', async () => {
    const { store, sink } = setUp();
    void sink.start();
    await settle(10);
    const stores = store.onSend;
    store.onSend = async ({ batches }) => {
      for (const batch of batches) {
        batch.queue.retry(batch, systemClock.now(), undefined);
      }
      store.onSend = stores;
      return 'timeout';
    };
    const first = sink.append([record('a')], soon());
    await settle();
    const second = sink.append([record('b')], soon());
    await settle(500);
    expect(await Promise.all([first, second])).toEqual([[], []]);
    expect(store.requests.map(Object.values)).toEqual([[['a']], [['a', 'b']]]);
    expect(store.connections).toHaveLength(2);
    expect(store.discarded).toEqual(['timeout']);
    await sink.close();
  });

  it('refuses at once while a queue rejects writes, and tries one record after a while', async () => {
    const { store, sink, log } = setUp();
    void sink.start();
    await settle(10);
    const stores = store.onSend;
    store.onSend = async ({ batches }) => {
      for (const batch of batches) {
        batch.queue.deny(batch, 'the queue is full');
      }
      return undefined;
    };
    const refused = expect(sink.append([record('a')], soon())).rejects.toMatchObject({
      code: 'sink_unavailable',
      message: 'The store does not allow writes to events: the queue is full',
    });
    await settle();
    await refused;
    await expect(sink.append([record('b')], soon())).rejects.toMatchObject({ code: 'sink_unavailable' });
    // While the queue of `a` rejects records, the other queue still accepts records.
    expect(sink.health().up).toBe(true);
    store.onSend = stores;
    await settle(600);
    const trial = sink.append([record('c')], soon());
    await settle();
    expect(await trial).toEqual([]);
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(/^events\.[01] stopped: the queue is full$/);
    expect(log[1]).toMatch(/recovered$/);
    await sink.close();
  });

  it('sends records without a key around its queues', async () => {
    const { store, sink } = setUp();
    void sink.start();
    await settle(10);
    const appended = sink.append([record('a', null), record('b', null)], soon());
    await settle();
    await appended;
    expect(Object.keys(store.requests[0] ?? {})).toEqual(['0', '1']);
    await sink.close();
  });

  it('stores nothing of an append of which one record finds no queue', async () => {
    const { store, sink } = setUp();
    await expect(sink.append([record('a')], soon())).rejects.toMatchObject({ code: 'sink_closed' });
    store.onConnect = () => Promise.reject(new Error('refused'));
    const starting = sink.start().catch((error: unknown) => error);
    await settle(10_000);
    await expect(sink.append([record('a'), record('b', null)], soon())).rejects.toMatchObject({
      code: 'sink_unavailable',
    });
    expect(store.requests).toEqual([]);
    await sink.close();
    expect(await starting).toMatchObject({ code: 'sink_closed' });
  });

  /**
   * Records the events of a 20 s period. The store is unavailable for 6 s of it. The system clock is changed in
   * between, and later set back.
   */
  async function recordOutage(stepMs: number): Promise<string[]> {
    vi.clearAllTimers();
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { store, sink, log } = setUp();
    const told: string[] = [];
    let isDown = false;
    const tell = (what: string): void => void told.push(`${Math.round(performance.now())} ${what}`);
    const setClock = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
    store.onConnect = async () => {
      tell('connects');
      if (isDown) {
        throw new Error('refused');
      }
    };
    void sink.start();
    for (let second = 0; second < 20; second += 1) {
      if (second === 3) {
        isDown = true;
        store.connections.at(-1)?.drop();
      }
      isDown = second >= 3 && second < 9;
      setClock(second === 4 ? stepMs : second === 8 ? -stepMs : 0);
      sink.append([record('a')], deadlineIn(1_500)).then(
        () => tell('stored'),
        ({ code }) => tell(code),
      );
      await settle(1_000);
      tell(`is ${sink.health().up ? 'up' : 'down'}`);
    }
    await sink.close();
    return [...told, ...log];
  }

  it.each([-60_000, 60_000])('does the same at the same time when the clock is set by %i ms', async (ms) => {
    const told = await recordOutage(0);
    expect(told.join()).toMatch(/stored.*sink_timeout.*sink_unavailable.*is down.*stored.*is up/);
    expect(await recordOutage(ms)).toEqual(told);
  });

  it('finishes what it was given before it closes once, and leaves no timer', async () => {
    const { store, sink, log } = setUp();
    void sink.start();
    await settle(10);
    const stores = store.onSend;
    const answer = Promise.withResolvers<void>();
    store.onSend = async (request) => {
      await answer.promise;
      return stores(request);
    };
    const appended = sink.append([record('a')], soon());
    await settle();
    const closing = Promise.all([sink.close(), sink.close()]);
    await expect(sink.append([record('b')], soon())).rejects.toMatchObject({ code: 'sink_closed' });
    await settle(1_000);
    expect(store.connections.map((connection) => connection.isOpen())).toEqual([true]);
    answer.resolve();
    await settle();
    expect(await appended).toEqual([]);
    await closing;
    expect(log).toEqual(['closed']);
    expect(store.connections.map((connection) => connection.isOpen())).toEqual([false]);
    await settle(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});
