import type { Clock } from '../../runtime/clock.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import type { Circuit } from './circuit.ts';
import type { LaneConnection, LaneFailure, LaneMetrics, LaneSettings, LaneStore } from './lane-store.ts';

/** Keeps one connection open, even without traffic, so that a successful reconnect reveals that the store has recovered. */
export interface ConnectionKeeper<C extends LaneConnection> {
  /** Returns the connection if it is open. A connection that closed without emitting an event is replaced. */
  current(): C | undefined;
  /** Closes this connection and opens a new one. Does nothing if this connection has already been replaced. */
  discard(connection: C, cause: LaneFailure): void;
  /** Returns a human-readable reason why there is no connection, or `undefined` if a connection is open. */
  problem(): string | undefined;
  /** Returns the error of the last connection attempt, or `undefined` if that attempt succeeded. */
  failure(): unknown;
  /** Confirms that the connection works, so that the keeper reconnects without delay after the next failure. */
  confirm(): void;
  /** Reconnects immediately, because the target of the connection has changed. */
  reconnect(): void;
  close(): void;
}

interface ConnectionKeeperDeps<C extends LaneConnection> {
  readonly store: Pick<LaneStore<C, never>, 'openConnection' | 'reportConnectError' | 'onDisconnect'>;
  readonly circuit: Circuit;
  readonly settings: Pick<LaneSettings, 'retryDelayMs' | 'giveUpMs'>;
  readonly clock: Clock;
  readonly metrics: Pick<LaneMetrics<never>, 'rebuilt'>;
  readonly onOpen: () => void;
}

/** One connection, from the first attempt to open it until it closes. */
interface Attempt<C> {
  readonly startedAt: number;
  /** `undefined` until the connection object is created. */
  connection: C | undefined;
  isOpen: boolean;
  hasEnded: boolean;
}

export function createConnectionKeeper<C extends LaneConnection>(
  deps: ConnectionKeeperDeps<C>,
): ConnectionKeeper<C> {
  const { store, settings, circuit, clock, metrics, onOpen } = deps;
  let current: Attempt<C> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retryDelayMs = 0;
  let problem: string | undefined;
  let failure: unknown;
  /** Whether a connection error has been reported since a connection last worked. */
  let hasReported = false;
  let closed = false;

  async function connect(): Promise<void> {
    const attempt: Attempt<C> = {
      startedAt: clock.now(),
      connection: undefined,
      isOpen: false,
      hasEnded: false,
    };
    current = attempt;
    try {
      await open(attempt);
      if (attempt === current) {
        attempt.isOpen = true;
        problem = undefined;
        failure = undefined;
        circuit.admitTrial();
        onOpen();
      }
    } catch (error) {
      end(attempt);
      if (attempt === current) {
        failure = error;
        problem = store.reportConnectError(error, !hasReported);
        hasReported = true;
        circuit.failure(attempt.startedAt);
        connectLater();
        store.onDisconnect();
      }
    }
  }

  /**
   * Opens the connection. The returned promise settles within `giveUpMs`, even if the promise of the connection never
   * does.
   */
  async function open(attempt: Attempt<C>): Promise<void> {
    const { giveUpMs } = settings;
    const connection = store.openConnection();
    attempt.connection = connection;
    connection.onEnd(() => {
      attempt.hasEnded = true;
      discard(connection, 'connection');
    });
    const connecting = connection.connect();
    // A connection that opens after its attempt was abandoned must not stay open.
    connecting.then(
      () => attempt === current || end(attempt),
      () => undefined,
    );
    await withDeadline(
      connecting,
      giveUpMs,
      () => new Error(`no connection was established within ${giveUpMs} ms`),
    );
    if (attempt.hasEnded || !connection.isOpen()) {
      throw new Error('the connection ended while it was being opened');
    }
  }

  function end({ connection }: Attempt<C>): void {
    try {
      connection?.close();
    } catch {
      // The connection is being discarded, so an error from `close` can be ignored.
    }
  }

  function connectLater(): void {
    current = undefined;
    const delayMs = circuit.isOpen() ? circuit.trialInMs() : retryDelayMs;
    timer = setTimeout(() => void connect(), delayMs * (1 + Math.random() / 4));
    const { first, last } = settings.retryDelayMs;
    retryDelayMs = Math.min(Math.max(retryDelayMs * 2, first), last);
  }

  function discard(connection: C, cause: LaneFailure): void {
    const attempt = current;
    if (attempt?.isOpen === true && attempt.connection === connection) {
      metrics.rebuilt(cause);
      connectLater();
      end(attempt);
      store.onDisconnect();
    }
  }

  /** Closes the current connection, or cancels the attempt to open it. */
  function abandon(): void {
    const attempt = current;
    current = undefined;
    clearTimeout(timer);
    if (attempt !== undefined) {
      end(attempt);
    }
  }

  void connect();

  return {
    current() {
      const connection = current?.isOpen === true ? current.connection : undefined;
      if (connection?.isOpen() === false) {
        discard(connection, 'connection');
        return undefined;
      }
      return connection;
    },
    discard,
    problem: () => problem,
    failure: () => failure,
    confirm() {
      retryDelayMs = 0;
      hasReported = false;
    },
    reconnect() {
      abandon();
      if (!closed) {
        void connect();
      }
    },
    close() {
      closed = true;
      abandon();
    },
  };
}
