import { type Rejection, type RejectionReason, SinkError, type SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { DeadlineWatch, noSlot, type TimedWork } from '../../runtime/deadline-watch.ts';

/** One `append` call whose records are not all decided yet. Settles once; everything after that is ignored. */
export class PendingAppend implements TimedWork {
  /** In the time of `Clock.now`. */
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

  /** One record is stored. */
  stored(): void {
    this.#decide();
  }

  /** One record will never be stored. */
  rejected(index: number, reason: RejectionReason): void {
    this.#rejections ??= [];
    this.#rejections.push({ index, reason });
    this.#decide();
  }

  onTimeout(): void {
    this.fail(new SinkError('sink_timeout', 'The records were not acknowledged before the deadline.'));
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

  /** @returns false when it is settled already */
  #settle(): boolean {
    const isFirst = !this.settled;
    if (isFirst) {
      this.settled = true;
      this.#onSettle(this);
    }
    return isFirst;
  }
}

export interface QueuedRecord {
  readonly record: SinkRecord;
  readonly append: PendingAppend;
  /** Index in its append. */
  readonly index: number;
  readonly sizeBytes: number;
  /** Its outcome is known. A record that was sent twice counts once. */
  decided: boolean;
}

/** False when its outcome is known, or its append was given up. */
export function isWaitedFor({ decided, append }: QueuedRecord): boolean {
  return !decided && !append.settled;
}

const sweepIntervalMs = 25;

export interface PendingAppends {
  add(recordCount: number, deadline: number): PendingAppend;
  /** Resolves when none is left. */
  drained(): Promise<void>;
}

interface PendingAppendsDeps {
  readonly clock: Clock;
  /** Runs after each sweep while appends are pending. @param expired how many reached their deadline in this sweep */
  readonly onSweep: (expired: number) => void;
}

/** The appends that are not settled yet, each with a deadline. */
export function createPendingAppends({ clock, onSweep }: PendingAppendsDeps): PendingAppends {
  let drained: PromiseWithResolvers<void> | undefined;
  const pending = new DeadlineWatch<PendingAppend>({
    now: () => clock.now(),
    intervalMs: sweepIntervalMs,
    onSweep,
  });

  function onSettle(append: PendingAppend): void {
    pending.remove(append);
    if (pending.size === 0) {
      drained?.resolve();
      drained = undefined;
    }
  }

  return {
    add(recordCount, deadline) {
      const append = new PendingAppend(recordCount, deadline, onSettle);
      pending.add(append);
      return append;
    },
    async drained() {
      if (pending.size > 0) {
        drained ??= Promise.withResolvers();
        await drained.promise;
      }
    },
  };
}
