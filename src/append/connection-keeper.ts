import type { BackoffRange } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Circuit } from './circuit.ts';
import type { LaneConnection, LaneFailure } from './lane-connection.ts';

/** Keeps one open connection, with or without traffic: a store that comes back is noticed by being there. */
export interface ConnectionKeeper<C extends LaneConnection> {
  /** The connection, if it is open. */
  current(): C | undefined;
  /** Throws this connection away and makes another. Does nothing when it is no longer the present one. */
  discard(connection: C, cause: LaneFailure): void;
  /** Why there is no connection, for a person; `undefined` when there is. */
  problem(): string | undefined;
  /** The connection has proven itself: the next failure is followed by an attempt without delay. */
  confirm(): void;
  /** Connects again at once, because the connection should lead elsewhere. */
  reconnect(): void;
  close(): void;
}

export interface ConnectionKeeperDeps<C extends LaneConnection> {
  /** A connection that is not connected yet. */
  readonly openConnection: () => C;
  readonly circuit: Circuit;
  readonly retryDelayMs: BackoffRange;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onOpen: () => void;
  readonly onDiscard: (cause: LaneFailure) => void;
  /** There is no connection any more, or still none. */
  readonly onFailure: () => void;
  /**
   * Logs why an attempt failed.
   *
   * @param isFirst of a row of failures: worth a warning, while the circuit says the rest
   * @returns the reason, for a person
   */
  readonly reportConnectError: (error: unknown, isFirst: boolean) => string;
}

export function createConnectionKeeper<C extends LaneConnection>(
  deps: ConnectionKeeperDeps<C>,
): ConnectionKeeper<C> {
  const { openConnection, circuit, clock, random, onOpen, onFailure } = deps;
  let current: C | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retryDelayMs = 0;
  let problem: string | undefined;
  let closed = false;

  async function connect(): Promise<void> {
    const startedAt = clock.now();
    const connection = openConnection();
    current = connection;
    try {
      await connection.connect();
      if (connection === current) {
        if (!connection.isOpen()) {
          throw new Error('the connection ended while it was opened');
        }
        connection.onEnd(() => discard(connection, 'connection'));
        problem = undefined;
        circuit.admitTrial();
        onOpen();
      } else {
        connection.close();
      }
    } catch (error) {
      connection.close();
      if (connection === current) {
        problem = deps.reportConnectError(error, retryDelayMs === 0);
        circuit.failure(startedAt);
        connectLater();
        onFailure();
      }
    }
  }

  function connectLater(): void {
    current = undefined;
    const delayMs = circuit.isOpen() ? circuit.trialInMs() : retryDelayMs;
    timer = setTimeout(() => void connect(), delayMs * (1 + random() / 4));
    const { first, last } = deps.retryDelayMs;
    retryDelayMs = Math.min(Math.max(retryDelayMs * 2, first), last);
  }

  function discard(connection: C, cause: LaneFailure): void {
    if (connection !== current || closed) {
      return;
    }
    deps.onDiscard(cause);
    connectLater();
    connection.close();
    onFailure();
  }

  void connect();

  return {
    current: () => (current?.isOpen() ? current : undefined),
    discard,
    problem: () => problem,
    confirm() {
      retryDelayMs = 0;
    },
    reconnect() {
      const old = current;
      clearTimeout(timer);
      void connect();
      old?.close();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      const connection = current;
      current = undefined;
      connection?.close();
    },
  };
}
