import type { Clock } from '../runtime/clock.ts';
import {
  type DeadLetterSource,
  type Rejection,
  type Sink,
  SinkError,
  type SinkRecord,
} from '../sink/sink.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

/** A store's sink that a spool can stand before. */
export type AbandonableSink = Sink & Required<Pick<Sink, 'abandon'>>;

/**
 * - `direct`: the spool is empty, and appends go to the store
 * - `spooling`: appends go behind what is in the spool
 * - `handover`: the spool is nearly empty, and appends wait until it is
 */
type Mode = 'direct' | 'spooling' | 'handover';

/** One `append` call. */
export interface Ticket {
  readonly records: readonly SinkRecord[];
  /** In the time of `Clock.now`. */
  readonly deadline: number;
  readonly deadLetters: DeadLetterSource | undefined;
  readonly resolve: (rejections: readonly Rejection[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendRouterDeps {
  readonly store: AbandonableSink;
  readonly spool: Pick<SpoolKeeper, 'append' | 'isOpen'>;
  readonly clock: Clock;
  /** The spool has to be drained from now on. @param cause why the store did not take an append */
  readonly onSpooling: (cause: string) => void;
}

/** Of the time that an append has, a quarter is kept for the spool, and no more than this. */
const maxReserveMs = 2_000;
/** How long appends wait for a handover; none of them for more than half of the time that it has. */
const handoverMs = 1_000;

const noRejections: readonly Rejection[] = [];

/**
 * Which way appends go. The records of a key reach the store in the order of their appends: when the store does not take
 * one append, all that are undecided go to the spool with it, in order. While the spool holds anything, every append goes
 * behind it. An append that the store does not route is refused alone: the store is well.
 */
export class AppendRouter {
  readonly #deps: AppendRouterDeps;
  #mode: Mode = 'direct';
  /** Sent to the store, in order. */
  readonly #undecided = new Set<Ticket>();
  #held: Ticket[] = [];
  #handoverTimer: NodeJS.Timeout | undefined;
  /** In the time of `Clock.now`. */
  #handoverEndsAt = 0;
  #settled: PromiseWithResolvers<void> | undefined;

  constructor(deps: AppendRouterDeps) {
    this.#deps = deps;
  }

  get isDirect(): boolean {
    return this.#mode === 'direct';
  }

  route(ticket: Ticket): void {
    const { store, spool } = this.#deps;
    if (this.#mode === 'direct' && !spool.isOpen) {
      const { records, deadline, deadLetters, resolve, reject } = ticket;
      store.append(records, deadline, deadLetters).then(resolve, reject);
    } else if (this.#mode === 'direct') {
      const { up, detail } = store.health();
      if (up) {
        void this.#sendDirect(ticket);
      } else {
        this.#undecided.add(ticket);
        this.beginSpooling(detail);
      }
    } else if (this.#mode === 'handover') {
      this.#held.push(ticket);
      this.#limitHandover(this.#timeLeft(ticket) / 2);
    } else {
      this.#sendToSpool(ticket);
    }
  }

  /** Resolves when no append is on its way to the store. */
  async settled(): Promise<void> {
    if (this.#undecided.size > 0) {
      this.#settled ??= Promise.withResolvers();
      await this.#settled.promise;
    }
  }

  beginSpooling(cause: string): void {
    const tickets = [...this.#undecided];
    this.#undecided.clear();
    this.#mode = 'spooling';
    this.#deps.store.abandon();
    for (const ticket of tickets) {
      this.#sendToSpool(ticket);
    }
    this.#resolveSettled();
    this.#deps.onSpooling(cause);
  }

  /** From now on appends wait, so that the end of the spool stands still. */
  beginHandover(): void {
    if (this.#mode === 'spooling') {
      this.#mode = 'handover';
      this.#handoverEndsAt = Number.POSITIVE_INFINITY;
      this.#limitHandover(handoverMs);
    }
  }

  /** Everything was drained: appends go to the store again. @returns false when the handover was cancelled meanwhile */
  completeHandover(): boolean {
    if (this.#mode !== 'handover') {
      return false;
    }
    this.#mode = 'direct';
    this.#releaseHeld();
    return true;
  }

  /** Appends go to the spool again. Does nothing when there is no handover. */
  cancelHandover(): void {
    if (this.#mode === 'handover') {
      this.#mode = 'spooling';
      this.#releaseHeld();
    }
  }

  /** The handover is cancelled after this time, unless it ends before. */
  #limitHandover(ms: number): void {
    const endsAt = this.#deps.clock.now() + ms;
    if (endsAt < this.#handoverEndsAt) {
      this.#handoverEndsAt = endsAt;
      clearTimeout(this.#handoverTimer);
      this.#handoverTimer = setTimeout(() => this.cancelHandover(), Math.max(0, ms));
    }
  }

  #releaseHeld(): void {
    clearTimeout(this.#handoverTimer);
    const held = this.#held;
    this.#held = [];
    for (const ticket of held) {
      this.route(ticket);
    }
  }

  async #sendDirect(ticket: Ticket): Promise<void> {
    const { records, deadline, resolve, reject } = ticket;
    const reserveMs = Math.max(0, Math.min(maxReserveMs, this.#timeLeft(ticket) / 4));
    this.#undecided.add(ticket);
    try {
      const rejections = await this.#deps.store.append(records, deadline - reserveMs);
      if (this.#undecided.delete(ticket)) {
        resolve(rejections);
      }
    } catch (error) {
      if (this.#undecided.has(ticket) && error instanceof SinkError && error.code !== 'sink_unroutable') {
        this.beginSpooling(error.message);
      } else if (this.#undecided.delete(ticket)) {
        reject(error);
      }
    }
    this.#resolveSettled();
  }

  #sendToSpool(ticket: Ticket): void {
    const { spool } = this.#deps;
    const { records, deadLetters, resolve, reject } = ticket;
    spool.append(records, this.#timeLeft(ticket), deadLetters).then(() => resolve(noRejections), reject);
  }

  #timeLeft({ deadline }: Ticket): number {
    return deadline - this.#deps.clock.now();
  }

  #resolveSettled(): void {
    if (this.#undecided.size === 0) {
      this.#settled?.resolve();
      this.#settled = undefined;
    }
  }
}
