import type { LaneConnection, LaneFailure } from '../../src/stores/append/lane-store.ts';
import type { QueuedBatch } from '../../src/stores/append/partition-queue.ts';

/** Behaviour of one connection, which can be correct or faulty. */
export interface Conduct {
  readonly connect: () => Promise<void>;
  readonly send: (batches: readonly QueuedBatch[]) => Promise<LaneFailure | undefined>;
  /** Whether the connection reports itself as open after `connect` has succeeded. */
  readonly isOpen: () => boolean;
  /** Whether the connection reports that it has ended. */
  readonly tellsEnd: boolean;
  readonly onClose: () => void;
}

export interface OddConnection extends LaneConnection {
  readonly conduct: Conduct;
  readonly isConnected: () => boolean;
  /** Ends the connection from the store's side. */
  end(): void;
}

export const goodConduct: Conduct = {
  connect: async () => {},
  async send(batches) {
    for (const batch of batches) {
      batch.queue.commit(batch);
    }
    return undefined;
  },
  isOpen: () => true,
  tellsEnd: true,
  onClose: () => {},
};

/** Creates a connection without a real store, which behaves like an arbitrary store or client library. */
export function createOddConnection(change: Partial<Conduct> = {}): OddConnection {
  const conduct = { ...goodConduct, ...change };
  const listeners: (() => void)[] = [];
  let isConnected = false;
  function end(): void {
    isConnected = false;
    for (const listener of conduct.tellsEnd ? listeners.splice(0) : []) {
      listener();
    }
  }
  return {
    conduct,
    // The function is not async, because a configured behaviour may throw synchronously.
    connect() {
      const connecting = conduct.connect();
      return (async () => {
        await connecting;
        isConnected = true;
      })();
    },
    isConnected: () => isConnected,
    isOpen: () => isConnected && conduct.isOpen(),
    onEnd: (listener) => void listeners.push(listener),
    throttledUntil: () => 0,
    close() {
      end();
      conduct.onClose();
    },
    end,
  };
}
