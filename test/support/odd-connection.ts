import type { LaneConnection, LaneFailure } from '../../src/stores/append/lane-store.ts';
import type { QueuedBatch } from '../../src/stores/append/partition-queue.ts';

/** What one connection does, well behaved or not. */
export interface Conduct {
  readonly connect: () => Promise<void>;
  readonly send: (batches: readonly QueuedBatch[]) => Promise<LaneFailure | undefined>;
  /** What it says of itself once it was connected. */
  readonly isOpen: () => boolean;
  /** Whether it tells its end. */
  readonly tellsEnd: boolean;
  readonly onClose: () => void;
}

export interface OddConnection extends LaneConnection {
  readonly conduct: Conduct;
  readonly isConnected: () => boolean;
  /** The store ends it. */
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

/** A connection without a store: its conduct is that of a store, or of a client library, that does whatever it likes. */
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
    // Not async: a conduct may throw.
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
