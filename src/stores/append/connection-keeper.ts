import type { Clock } from '../../runtime/clock.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import type { Circuit } from './circuit.ts';
import type { LaneConnection, LaneFailure, LaneMetrics, LaneSettings, LaneStore } from './lane-store.ts';

interface ConnectionKeeperDeps<C extends LaneConnection> {
  readonly store: Pick<LaneStore<C, never>, 'openConnection' | 'reportConnectError' | 'onDisconnect'>;
  readonly circuit: Circuit;
  readonly settings: Pick<LaneSettings, 'retryDelayMs' | 'giveUpMs'>;
  readonly clock: Clock;
  readonly metrics: Pick<LaneMetrics<never>, 'rebuilt'>;
  readonly onOpen: () => void;
}

/** One connection, from the first attempt to open it until it closes. */
interface ConnectionAttempt<C> {
  readonly startedAt: number;
  /** `undefined` until the connection object is created. */
  connection: C | undefined;
  isOpen: boolean;
  hasEnded: boolean;
}

/** Keeps one connection open, even without traffic, so that a successful reconnect reveals that the store has recovered. */
export class ConnectionKeeper<C extends LaneConnection> {
  readonly #deps: ConnectionKeeperDeps<C>;
  #current: ConnectionAttempt<C> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryDelayMs = 0;
  #problem: string | undefined;
  #failure: unknown;
  /** Whether a connection error has been reported since a connection last worked. */
  #hasReported = false;
  #isClosed = false;

  constructor(deps: ConnectionKeeperDeps<C>) {
    this.#deps = deps;
    void this.#connect();
  }

  /** Returns the connection if it is open. A connection that closed without emitting an event is replaced. */
  current(): C | undefined {
    const connection = this.#current?.isOpen === true ? this.#current.connection : undefined;
    if (connection?.isOpen() === false) {
      this.discard(connection, 'connection');
      return undefined;
    }
    return connection;
  }

  /** Closes this connection and opens a new one. Does nothing if this connection has already been replaced. */
  discard(connection: C, cause: LaneFailure): void {
    const attempt = this.#current;
    if (attempt?.isOpen === true && attempt.connection === connection) {
      this.#deps.metrics.rebuilt(cause);
      this.#connectLater();
      closeQuietly(attempt);
      this.#deps.store.onDisconnect();
    }
  }

  /** Returns a human-readable reason why there is no connection, or `undefined` if a connection is open. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** Returns the error of the last connection attempt, or `undefined` if that attempt succeeded. */
  failure(): unknown {
    return this.#failure;
  }

  /** Confirms that the connection works, so that the keeper reconnects without delay after the next failure. */
  confirm(): void {
    this.#retryDelayMs = 0;
    this.#hasReported = false;
  }

  /** Reconnects immediately, because the target of the connection has changed. */
  reconnect(): void {
    this.#abandon();
    if (!this.#isClosed) {
      void this.#connect();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#abandon();
  }

  /** Closes the current connection, or cancels the attempt to open it. */
  #abandon(): void {
    const attempt = this.#current;
    this.#current = undefined;
    clearTimeout(this.#timer);
    if (attempt !== undefined) {
      closeQuietly(attempt);
    }
  }

  async #connect(): Promise<void> {
    const { store, circuit, clock, onOpen } = this.#deps;
    const attempt: ConnectionAttempt<C> = {
      startedAt: clock.now(),
      connection: undefined,
      isOpen: false,
      hasEnded: false,
    };
    this.#current = attempt;
    try {
      await this.#open(attempt);
      if (attempt === this.#current) {
        attempt.isOpen = true;
        this.#problem = undefined;
        this.#failure = undefined;
        circuit.admitTrial();
        onOpen();
      }
    } catch (error) {
      closeQuietly(attempt);
      if (attempt === this.#current) {
        this.#failure = error;
        this.#problem = store.reportConnectError(error, !this.#hasReported);
        this.#hasReported = true;
        circuit.failure(attempt.startedAt);
        this.#connectLater();
        store.onDisconnect();
      }
    }
  }

  /**
   * Opens the connection. The returned promise settles within `giveUpMs`, even if the promise of the connection never
   * does.
   */
  async #open(attempt: ConnectionAttempt<C>): Promise<void> {
    const { store, settings } = this.#deps;
    const { giveUpMs } = settings;
    const connection = store.openConnection();
    attempt.connection = connection;
    connection.onEnd(() => {
      attempt.hasEnded = true;
      this.discard(connection, 'connection');
    });
    const connectPromise = connection.connect();
    // A connection that opens after its attempt was abandoned must not stay open.
    connectPromise.then(
      () => attempt === this.#current || closeQuietly(attempt),
      () => undefined,
    );
    await withDeadline(
      connectPromise,
      giveUpMs,
      () => new Error(`no connection was established within ${giveUpMs} ms`),
    );
    if (attempt.hasEnded || !connection.isOpen()) {
      throw new Error('the connection ended while it was being opened');
    }
  }

  #connectLater(): void {
    const { circuit, settings } = this.#deps;
    this.#current = undefined;
    const delayMs = circuit.isOpen() ? circuit.trialInMs() : this.#retryDelayMs;
    this.#timer = setTimeout(() => void this.#connect(), delayMs * (1 + Math.random() / 4));
    const { first, last } = settings.retryDelayMs;
    this.#retryDelayMs = Math.min(Math.max(this.#retryDelayMs * 2, first), last);
  }
}

/** Closes a connection that is being discarded, so an error from `close` can be ignored. */
function closeQuietly({ connection }: ConnectionAttempt<LaneConnection>): void {
  try {
    connection?.close();
  } catch {}
}
