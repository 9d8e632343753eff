import { expect, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import type { CircuitState } from '../../src/stores/append/circuit.ts';
import { Lane } from '../../src/stores/append/lane.ts';
import {
  defaultLaneSettings,
  type LaneConnection,
  type LaneFailure,
  type LaneMetrics,
  type LaneRequest,
} from '../../src/stores/append/lane-store.ts';
import { type CapturedLog, captureLog } from './captured-log.ts';

interface FakeLaneConnection extends LaneConnection {
  drop(): void;
}

export interface FakeStore {
  /** Replaces `send`. */
  onSend: (request: LaneRequest<FakeLaneConnection>) => Promise<LaneFailure | undefined>;
  onConnect: () => Promise<void>;
  /** Time that every connection reports, on the time scale of `Clock.now`. */
  throttledUntil: number;
  /** Values of the records in each request, by partition. */
  readonly requests: readonly Readonly<Record<number, readonly string[]>>[];
  readonly connections: readonly FakeLaneConnection[];
  readonly discarded: readonly LaneFailure[];
  readonly log: CapturedLog;
  /** State changes of the lanes' circuits, each with the new state and the previous state. */
  readonly circuitChanges: readonly (readonly [CircuitState, CircuitState])[];
  openLane(deps?: { readonly clock?: Clock }): Lane<FakeLaneConnection, string>;
}

const nothing = () => {};

export const noMetrics: LaneMetrics<string> = {
  laneOpened: nothing,
  produced: nothing,
  retried: nothing,
  rebuilt: nothing,
  answerCheckFailed: nothing,
};

/**
 * Creates a store that uses no network. It stores every record unless the test overrides this behaviour. By default,
 * the test fails if the lane (the sender to one server) abandons a request, because a lane also abandons a request if
 * its own code throws an error.
 */
export function createFakeStore({ mayAbandon = false } = {}): FakeStore {
  const requests: Record<number, readonly string[]>[] = [];
  const connections: FakeLaneConnection[] = [];
  const discarded: LaneFailure[] = [];
  const circuitChanges: [CircuitState, CircuitState][] = [];
  const store: FakeStore = {
    requests,
    connections,
    discarded,
    circuitChanges,
    log: captureLog(),
    throttledUntil: 0,
    onConnect: () => Promise.resolve(),
    async onSend({ batches }) {
      for (const batch of batches) {
        batch.queue.commit(batch);
      }
      return undefined;
    },
    openLane: ({ clock = systemClock } = {}) =>
      new Lane({
        store: {
          name: 'The fake store',
          label: 'fake',
          openConnection() {
            const connection = createConnection(store);
            connections.push(connection);
            return connection;
          },
          async send(request) {
            const values = request.batches.map(({ partition, records }) => [
              partition,
              records.map(({ value }) => value.toString()),
            ]);
            requests.push(Object.fromEntries(values));
            return { failure: await store.onSend(request), outcomes: [] };
          },
          reportConnectError: (error) => `fake store: ${String(error)}`,
          onDisconnect: nothing,
          onCircuitChange: (...change) => circuitChanges.push(change),
        },
        settings: defaultLaneSettings,
        clock,
        logger: store.log.logger,
        metrics: { ...noMetrics, rebuilt: (cause) => discarded.push(cause) },
      }),
  };
  onTestFinished(() => {
    const abandoned = store.log.lines.filter(({ msg }) => String(msg).includes('a request was abandoned'));
    expect(mayAbandon ? [] : abandoned).toEqual([]);
  });
  return store;
}

function createConnection(store: FakeStore): FakeLaneConnection {
  let isOpen = false;
  let onEnd: () => void = () => undefined;
  function end(): void {
    if (isOpen) {
      isOpen = false;
      onEnd();
    }
  }
  return {
    async connect() {
      await store.onConnect();
      isOpen = true;
    },
    isOpen: () => isOpen,
    onEnd(listener) {
      onEnd = listener;
    },
    throttledUntil: () => store.throttledUntil,
    close: end,
    drop: end,
  };
}
