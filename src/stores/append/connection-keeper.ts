import type { Clock } from '../../runtime/clock.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import type { Circuit } from './circuit.ts';
import type { LaneConnection, LaneFailure, LaneMetrics, LaneSettings, LaneStore } from './lane-store.ts';

/** Keeps one open connection, with or without traffic: a store that comes back is noticed by being there. */
export interface ConnectionKeeper<C extends LaneConnection> {
  /** The connection, if it is open. One that has ended without a word is replaced. */
  current(): C | undefined;
  /** Throws this connection away and makes another. Does nothing when it is no longer the present one. */
  discard(connection: C, cause: LaneFailure): void;
  /** Why there is no connection, for a person; `undefined` when there is. */
  problem(): string | undefined;
  /** What the last attempt failed with; `undefined` once one succeeds. */
  failure(): unknown;
  /** The connection has proven itself: the next failure is followed by an attempt without delay. */
  confirm(): void;
  /** Connects again at once, because the connection should lead elsewhere. */
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

/** A connection from the first step to its end. */
interface Attempt<C> {
  readonly startedAt: number;
  /** `undefined` before it is made. */
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
  /** Since the last time that a connection proved itself. */
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

  /** Settles in time, whatever the connection does. */
  async function open(attempt: Attempt<C>): Promise<void> {
    const { giveUpMs } = settings;
    const connection = store.openConnection();
    attempt.connection = connection;
    connection.onEnd(() => {
      attempt.hasEnded = true;
      discard(connection, 'connection');
    });
    const connecting = connection.connect();
    // One that opens when it was given up already must not stay open.
    connecting.then(
      () => attempt === current || end(attempt),
      () => undefined,
    );
    await withDeadline(connecting, giveUpMs, () => new Error(`it was not connected after ${giveUpMs} ms`));
    if (attempt.hasEnded || !connection.isOpen()) {
      throw new Error('the connection ended while it was opened');
    }
  }

  function end({ connection }: Attempt<C>): void {
    try {
      connection?.close();
    } catch {
      // It is thrown away: what it says to that matters to nobody.
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

  /** What was there until now is not the present one any more. */
  function leave(): void {
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
      leave();
      if (!closed) {
        void connect();
      }
    },
    close() {
      closed = true;
      leave();
    },
  };
}
