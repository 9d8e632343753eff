import { type Rejection, type RejectionReason, SinkError, type SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type DeadlineItem, DeadlineWatch, noSlot } from '../../runtime/deadline-watch.ts';

/**
 * An `append` call that waits for the outcomes of all its records. The call settles once and ignores any further
 * outcomes.
 */
export class PendingAppend implements DeadlineItem {
  /** Deadline, as a `Clock.now` value. */
  readonly endsAt: number;
  readonly promise: Promise<readonly Rejection[]>;
  settled = false;
  slot = noSlot;
  #undecided: number;
  #rejections: Rejection[] | undefined;
  readonly #onSettle: (append: PendingAppend) => void;
  readonly #resolve: (rejections: readonly Rejection[]) => void;
  readonly #reject: (error: SinkError) => void;

  constructor(recordCount: number, deadline: number, onSettle: (append: PendingAppend) => void) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Rejection[]>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#undecided = recordCount;
    this.endsAt = deadline;
    this.#onSettle = onSettle;
  }

  stored(): void {
    this.#decide();
  }

  rejected(index: number, reason: RejectionReason): void {
    this.#rejections ??= [];
    this.#rejections.push({ index, reason });
    this.#decide();
  }

  onTimeout(): void {
    this.fail(
      new SinkError('sink_timeout', 'The store did not acknowledge the records before the deadline.'),
    );
  }

  fail(error: SinkError): void {
    if (this.#settle()) {
      this.#reject(error);
    }
  }

  #decide(): void {
    this.#undecided -= 1;
    if (this.#undecided === 0 && this.#settle()) {
      this.#resolve(this.#rejections ?? []);
    }
  }

  /**
   * Settles the append.
   *
   * @returns false if the append was already settled
   */
  #settle(): boolean {
    const isFirstOutcome = !this.settled;
    if (isFirstOutcome) {
      this.settled = true;
      this.#onSettle(this);
    }
    return isFirstOutcome;
  }
}

export interface QueuedRecord {
  readonly record: SinkRecord;
  readonly append: PendingAppend;
  readonly index: number;
  readonly sizeBytes: number;
  /** Whether the outcome is known. Used to count a record only once, even if the record was sent twice. */
  decided: boolean;
}

/** Returns whether a caller is still waiting for the record: its outcome is unknown and its append has not settled. */
export function isAppendAwaited({ decided, append }: QueuedRecord): boolean {
  return !decided && !append.settled;
}

const sweepIntervalMs = 25;

interface PendingAppendsDeps {
  readonly clock: Clock;
  /** Called after each sweep while appends are pending. @param expired number of appends that reached their deadline */
  readonly onSweep: (expired: number) => void;
}

/** Tracks the appends that have not settled, and fails each append at its deadline. */
export class PendingAppends {
  readonly #pending: DeadlineWatch<PendingAppend>;
  #drained: PromiseWithResolvers<void> | undefined;
  readonly #onSettle = (append: PendingAppend) => this.#remove(append);

  constructor({ clock, onSweep }: PendingAppendsDeps) {
    this.#pending = new DeadlineWatch({ now: () => clock.now(), intervalMs: sweepIntervalMs, onSweep });
  }

  add(recordCount: number, deadline: number): PendingAppend {
    const append = new PendingAppend(recordCount, deadline, this.#onSettle);
    this.#pending.add(append);
    return append;
  }

  /** Resolves when all appends have settled. */
  async drained(): Promise<void> {
    if (this.#pending.size > 0) {
      this.#drained ??= Promise.withResolvers();
      await this.#drained.promise;
    }
  }

  #remove(append: PendingAppend): void {
    this.#pending.remove(append);
    if (this.#pending.size === 0) {
      this.#drained?.resolve();
      this.#drained = undefined;
    }
  }
}
