import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { Lane } from '../../../src/stores/append/lane.ts';
import { type LaneFailure, defaultLaneSettings as settings } from '../../../src/stores/append/lane-store.ts';
import type { QueuedBatch } from '../../../src/stores/append/partition-queue.ts';
import { createQueuedSink } from '../../../src/stores/append/queued-sink.ts';
import { captureLog } from '../../support/captured-log.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { noMetrics } from '../../support/fake-store-lane.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';
import {
  type Conduct,
  createOddConnection,
  goodConduct,
  type OddConnection,
} from '../../support/odd-connection.ts';

useFakeTimers();

const never = () => new Promise<never>(() => {});
const refuse = () => {
  throw new Error('refused');
};

/**
 * Milliseconds after the last fault within which an append must succeed. This time allows for two abandoned requests
 * and the longest delays.
 */
const recoveryMs = 2 * settings.giveUpMs + 2 * settings.circuit.probeDelayMs.last + 1_000;

const connects = ['opens', 'refuses', 'throws', 'hangs', 'opens when it likes'] as const;
const sends = ['stores', 'fails', 'rejects', 'throws', 'hangs', 'stores when it likes'] as const;

const conducts = fc.record({
  making: fc.constantFrom('made', 'made', 'throws'),
  connect: fc.constantFrom(...connects),
  send: fc.constantFrom(...sends),
  isOpen: fc.boolean(),
  tellsEnd: fc.boolean(),
  close: fc.constantFrom('silent', 'throws'),
});
type Chosen = typeof conducts extends fc.Arbitrary<infer T> ? T : never;

/** The next action, and the number of milliseconds to wait before it. */
const steps = fc.record({
  afterMs: fc.integer({ min: 0, max: 4_000 }),
  step: fc.constantFrom('append', 'end', 'go on', 'lead elsewhere'),
});

function failAll(batches: readonly QueuedBatch[]): LaneFailure {
  for (const batch of batches) {
    batch.queue.retry(batch, clock.now(), undefined);
  }
  return 'connection';
}

/**
 * Converts a chosen behaviour to functions. The scheduler decides when, and in which order, the optional actions run.
 */
function toConduct(chosen: Chosen, scheduler: fc.Scheduler): Partial<Conduct> {
  const later = () => scheduler.schedule(Promise.resolve());
  const connect = {
    opens: goodConduct.connect,
    refuses: async () => refuse(),
    throws: refuse,
    hangs: never,
    'opens when it likes': later,
  }[chosen.connect];
  const send: Conduct['send'] = {
    stores: goodConduct.send,
    fails: async (batches: readonly QueuedBatch[]) => failAll(batches),
    rejects: async () => refuse(),
    throws: refuse,
    hangs: never,
    'stores when it likes': (batches: readonly QueuedBatch[]) =>
      later().then(() => goodConduct.send(batches)),
  }[chosen.send];
  const onClose = chosen.close === 'throws' ? refuse : () => {};
  return { connect, send, isOpen: () => chosen.isOpen, tellsEnd: chosen.tellsEnd, onClose };
}

/** Creates a sink with one lane. The connections of the lane behave as chosen. Later connections work normally. */
function setUp(chosen: readonly Chosen[], scheduler: fc.Scheduler) {
  const rest = [...chosen];
  const connections: OddConnection[] = [];
  let isHealed = false;
  let reconnect = () => {};
  function openConnection(): OddConnection {
    const next = isHealed ? undefined : rest.shift();
    if (next?.making === 'throws') {
      throw new Error('it cannot be made');
    }
    const connection = createOddConnection(next && toConduct(next, scheduler));
    connections.push(connection);
    return connection;
  }
  const sink = createQueuedSink({
    clock,
    metrics: { observeQueue: () => {} },
    pairs: [],
    connect() {
      const lane = new Lane<OddConnection, string>({
        store: {
          name: 'It',
          label: 'it',
          openConnection,
          send: ({ connection, batches }) =>
            connection.conduct.send(batches).then((failure) => ({ failure, outcomes: [] })),
          reportConnectError: String,
          onDisconnect: () => {},
          onCircuitChange: () => {},
        },
        settings,
        clock,
        logger: captureLog().logger,
        metrics: noMetrics,
      });
      reconnect = () => lane.reconnect();
      const nothing = () => {};
      const queue = lane.openQueue({
        ...{ topic: 't', partition: 0, name: 'it' },
        onStop: nothing,
        onRecover: nothing,
      });
      return { topics: new Map([['t', { queues: [queue] }]]), queueWord: 'queue', close: () => lane.close() };
    },
  });
  sink.start().catch(() => {});
  return {
    sink,
    append: () =>
      sink.append([{ topic: 't', key: 'k', value: Buffer.from('v'), headers: {} }], deadlineIn(8_000)),
    end: () => connections.at(-1)?.end(),
    reconnect: () => reconnect(),
    heal() {
      isHealed = true;
    },
    /** Lists the connections that are still in use. */
    open: () => connections.filter((each) => each.isConnected()),
  };
}

test('whatever connections do, and whenever, an append succeeds soon after the last fault, on the only connection left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(conducts, { maxLength: 8 }),
      fc.array(steps, { maxLength: 20 }),
      async (scheduler, chosen, told) => {
        const tested = setUp(chosen, scheduler);
        for (const { afterMs, step } of told) {
          await vi.advanceTimersByTimeAsync(afterMs);
          if (step === 'append') {
            tested.append().catch(() => {});
          } else if (step === 'end') {
            tested.end();
          } else if (step === 'lead elsewhere') {
            tested.reconnect();
          } else if (scheduler.count() > 0) {
            await scheduler.waitOne();
          }
        }
        tested.heal();
        const healedAt = clock.now();
        const stored: number[] = [];
        while (stored.length === 0 && clock.now() - healedAt < recoveryMs) {
          tested.append().then(
            () => stored.push(clock.now()),
            () => {},
          );
          await vi.advanceTimersByTimeAsync(500);
        }
        expect(stored).not.toEqual([]);
        // The pending optional actions finally run, and change nothing.
        await scheduler.waitAll();
        await vi.advanceTimersByTimeAsync(settings.giveUpMs);
        expect(tested.open()).toHaveLength(1);
        expect(tested.sink.health().up).toBe(true);
        await tested.sink.close();
        await vi.advanceTimersByTimeAsync(settings.giveUpMs);
        expect(tested.open()).toHaveLength(0);
        expect(vi.getTimerCount()).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
