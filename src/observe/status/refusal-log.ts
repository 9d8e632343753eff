import { refusalStatus } from '../../http/refusal-status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Outcome } from '../../webhook/delivery.ts';
import type { SignatureCause } from '../../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../../webhook/refusal.ts';

/** Time for which the provider retries a rejected delivery. */
export const providerRetryPeriodMs = 24 * 3_600_000;

/**
 * The provider's longest pause between two attempts. If no delivery was rejected for this time, no delivery waits for
 * a retry.
 */
export const longestRetryPauseMs = 4 * 3_600_000;

/**
 * Rejected deliveries with the same reason. An unauthenticated client cannot displace deliveries with a different
 * reason or with a valid signature.
 */
export interface RefusalGroup {
  /** Value of the label `reason` in `comapi_webhook_requests_total`. */
  readonly reason: string;
  /** For a 401, the value of the label `cause` in `comapi_webhook_signature_failures_total`. */
  readonly cause: SignatureCause | undefined;
  /** Whether the signatures of these deliveries were valid. */
  readonly signed: boolean;
  readonly status: number;
  /** Number of rejections since the start of the process. */
  readonly count: number;
  /** The newest first. */
  readonly newest: readonly { readonly webhook: string; readonly epochMs: number }[];
}

/**
 * A series of rejected deliveries of one registration with valid signatures. No gap in the series is longer than the
 * provider's longest pause.
 */
export interface RejectionSeries {
  /** Times of the first and the last rejection, in epoch milliseconds. */
  readonly since: number;
  readonly until: number;
  /** Number of rejections, counting each retry. */
  readonly count: number;
  /** The reason for the last rejection. */
  readonly reason: string;
  /** Whether a delivery was accepted after the last rejection. */
  readonly isOver: boolean;
}

type RefusedOutcome = Pick<Outcome, 'code' | 'cause' | 'secret' | 'own'>;

const maxRefusalsPerReason = 5;

/** Remembers when and why the newest deliveries of each reason were rejected. It stores neither senders nor bodies. */
export class RefusalLog {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #groups = new Map<string, RefusalGroup>();
  readonly #runs = new Map<string, RejectionSeries>();

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.#clock = clock;
  }

  observe(
    outcome: RefusedOutcome,
    { webhook, status }: { readonly webhook: string; readonly status: number },
  ): void {
    if (outcome.code === 'ok') {
      const run = this.#runs.get(webhook);
      if (run?.isOver === false) {
        this.#runs.set(webhook, { ...run, isOver: true });
      }
      return;
    }
    const { code: reason, cause } = outcome;
    // `observeExamined` counts the delivery later, when the cause of the rejection is known.
    if (cause instanceof SignatureMismatch) {
      return;
    }
    const epochMs = this.#clock.epochMs();
    const signed = outcome.secret !== undefined;
    const knownReason = cause instanceof SignatureHeaderRefusal ? cause.reason : undefined;
    this.#add({ reason, cause: knownReason, signed, status }, { webhook, epochMs });
    // Only the provider's deliveries are retried, because unauthenticated clients cannot sign and this product sends
    // each test event only once.
    if (signed && outcome.own === undefined) {
      const { since = epochMs, count = 0 } = this.refusedRun(webhook) ?? {};
      this.#runs.set(webhook, { since, until: epochMs, count: count + 1, reason, isOver: false });
    }
  }

  /** Counts a signature that matches none of the secrets, once its cause is known. */
  observeExamined(webhook: string, cause: SignatureCause): void {
    const reason = 'bad_signature';
    const epochMs = this.#clock.epochMs();
    this.#add({ reason, cause, signed: false, status: refusalStatus[reason] }, { webhook, epochMs });
  }

  /** Returns the rejections, sorted by the newest rejection. */
  groups(): readonly RefusalGroup[] {
    return [...this.#groups.values()].toSorted((one, other) => findNewestMs(other) - findNewestMs(one));
  }

  /** Returns `undefined` if, as far as this process knows, no delivery of the registration waits for a retry. */
  refusedRun(webhook: string): RejectionSeries | undefined {
    const run = this.#runs.get(webhook);
    return run !== undefined && this.#clock.epochMs() - run.until < longestRetryPauseMs ? run : undefined;
  }

  #add(group: Omit<RefusalGroup, 'count' | 'newest'>, refused: RefusalGroup['newest'][number]): void {
    const key = `${group.reason} ${group.cause} ${group.signed}`;
    const { count = 0, newest = [] } = this.#groups.get(key) ?? {};
    this.#groups.set(key, {
      ...group,
      count: count + 1,
      newest: [refused, ...newest.slice(0, maxRefusalsPerReason - 1)],
    });
  }
}

function findNewestMs({ newest }: RefusalGroup): number {
  return newest[0]?.epochMs ?? 0;
}
