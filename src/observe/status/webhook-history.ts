import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { Outcome } from '../../webhook/delivery.ts';
import { type SignatureCause, signatureAdvice } from '../../webhook/explain/signature-cause.ts';
import { MinuteCounts } from './minute-counts.ts';
import type { RefusedDeliveriesReport, RegistrationReport, SecretReport } from './status-report.ts';

export const historyMinutes = 60;
/** Number of minutes over which averages are calculated. */
export const averagingWindowMinutes = 5;

/** Time for which the provider retries a rejected delivery. */
export const providerRetryPeriodMs = 24 * 3_600_000;
/**
 * The provider's longest pause between two attempts. If no delivery was rejected for this time, no delivery waits for
 * a retry.
 */
const longestRetryPauseMs = 4 * 3_600_000;
/** Matches causes that an unauthenticated sender cannot fake, because they require a secret or a genuine delivery. */
const provenCausePattern = /^(secret|body)_/;

export type RememberedOutcome = Pick<
  Outcome,
  'code' | 'received' | 'deadLettered' | 'secret' | 'own' | 'appendMs' | 'cause'
>;

export interface RememberedDelivery {
  /** Position in the order in which deliveries were answered, from 1. */
  readonly sequence: number;
  readonly epochMs: number;
  readonly webhook: string;
  readonly status: number;
  readonly durationMs: number;
  readonly reason: string;
  readonly events: number;
  readonly isTest: boolean;
  cause: SignatureCause | undefined;
}

export interface RejectionCause {
  readonly cause: SignatureCause;
  readonly ofWebhook?: string | undefined;
}

/** Counts of one webhook in one minute. */
export type DeliveryCounts = ReturnType<typeof createDeliveryCounts>;

function createDeliveryCounts() {
  return {
    accepted: 0,
    rejected: 0,
    unavailable: 0,
    other: 0,
    events: 0,
    deadLetters: 0,
    // Number of deliveries that were appended to the store, and the sum and the maximum of their durations.
    appends: 0,
    appendMs: 0,
    maxAppendMs: 0,
  };
}

/** Consecutive rejections for one reason. Times are epoch milliseconds. */
interface Rejections {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Number of rejections, counting each retry. */
  readonly count: number;
}

/** Remembers the deliveries to one webhook, without their content. */
export class WebhookHistory {
  readonly minutes: MinuteCounts<DeliveryCounts>;
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #secrets = new Map<string, { verified: number; readonly firstMs: number; lastMs: number }>();
  #lastAcceptedMs: number | undefined;
  #lastTestMs: number | undefined;
  #lastRejected: { readonly epochMs: number; readonly cause: SignatureCause } | undefined;
  /** Rejections that have a proven cause and occurred after the last accepted delivery. */
  #wronglySigned: (Rejections & RejectionCause) | undefined;
  /** Rejections with a valid signature. No gap between them is longer than the provider's longest pause. */
  #refused: (Rejections & { readonly reason: string; readonly isOver: boolean }) | undefined;
  /** Sequence number of the last accepted delivery. */
  #acceptedSequence = 0;

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.#clock = clock;
    this.minutes = new MinuteCounts(clock, historyMinutes, createDeliveryCounts);
  }

  observe(outcome: RememberedOutcome, delivery: RememberedDelivery): void {
    const counts = this.minutes.current();
    counts[toCountName(delivery.status)] += 1;
    if (outcome.secret !== undefined) {
      this.#verify(outcome.secret, delivery.epochMs);
    }
    if (delivery.cause !== undefined) {
      this.reject(delivery, { cause: delivery.cause });
    }
    if (outcome.code !== 'ok') {
      // Only rejected deliveries of the provider are recorded as waiting for a retry. An unauthenticated client has no
      // valid signature, and this product sends each test event only once.
      if (outcome.secret !== undefined && !delivery.isTest) {
        this.#refuse(delivery);
      }
      return;
    }
    this.#accept(delivery);
    counts.events += outcome.received;
    if (outcome.appendMs !== undefined) {
      counts.appends += 1;
      counts.appendMs += outcome.appendMs;
      counts.maxAppendMs = Math.max(counts.maxAppendMs, outcome.appendMs);
    }
    for (const events of outcome.deadLettered.values()) {
      counts.deadLetters += events;
    }
  }

  /** Remembers the cause of a delivery that got 401. */
  reject({ sequence, epochMs }: RememberedDelivery, explanation: RejectionCause): void {
    this.#lastRejected = { epochMs, cause: explanation.cause };
    // A cause counts only if no later delivery was accepted while the signature was being examined.
    if (provenCausePattern.test(explanation.cause) && sequence > this.#acceptedSequence) {
      const { cause, ofWebhook } = explanation;
      this.#wronglySigned = { ...addRejection(this.#wronglySigned, epochMs), cause, ofWebhook };
    }
  }

  report(): Omit<RegistrationReport, 'name' | 'path' | 'secrets'> {
    const lastRejected = this.#lastRejected;
    return {
      lastAcceptedAt: toOptionalIso(this.#lastAcceptedMs),
      lastTestAcceptedAt: toOptionalIso(this.#lastTestMs),
      lastRejected: lastRejected && { at: toIso(lastRejected.epochMs), ...toAdvice(lastRejected.cause) },
      wronglySigned: this.#reportWronglySigned(),
      minutes: this.minutes.last(historyMinutes).map(toMinuteCharacter).join(''),
      eventsPerMinute: roundToTenth(
        this.minutes.averagePerMinute(averagingWindowMinutes, ({ events }) => events),
      ),
      refused: this.#reportRefused(),
    };
  }

  reportSecret(label: string | undefined): Omit<SecretReport, 'label' | 'problem'> {
    const { verified = 0, firstMs, lastMs } = this.#secrets.get(label ?? '') ?? {};
    return { verified, firstVerifiedAt: toOptionalIso(firstMs), lastVerifiedAt: toOptionalIso(lastMs) };
  }

  /** After the provider's retry period, a wrong signature says nothing about the current state. */
  #reportWronglySigned(): RegistrationReport['wronglySigned'] {
    if (this.#wronglySigned === undefined) {
      return undefined;
    }
    const { sinceMs, untilMs, count, cause, ofWebhook } = this.#wronglySigned;
    return this.#clock.epochMs() - untilMs > providerRetryPeriodMs
      ? undefined
      : { since: toIso(sinceMs), until: toIso(untilMs), count, ...toAdvice(cause), ofWebhook };
  }

  #reportRefused(): RefusedDeliveriesReport | undefined {
    const refusedDeliveries = this.#findRefused();
    if (refusedDeliveries === undefined) {
      return undefined;
    }
    const { sinceMs, untilMs, count, reason, isOver } = refusedDeliveries;
    const firstLossTime = toIso(sinceMs + providerRetryPeriodMs);
    return { since: toIso(sinceMs), lossFrom: firstLossTime, until: toIso(untilMs), count, reason, isOver };
  }

  /** Returns `undefined` if, as far as this process knows, no delivery waits for a retry. */
  #findRefused() {
    const refusedDeliveries = this.#refused;
    return refusedDeliveries !== undefined &&
      this.#clock.epochMs() - refusedDeliveries.untilMs < longestRetryPauseMs
      ? refusedDeliveries
      : undefined;
  }

  #refuse({ epochMs, reason }: RememberedDelivery): void {
    this.#refused = { ...addRejection(this.#findRefused(), epochMs), reason, isOver: false };
  }

  /**
   * If the provider's deliveries were accepted before, an accepted test delivery does not prove that they still are.
   */
  #accept({ isTest, epochMs, sequence }: RememberedDelivery): void {
    if (isTest) {
      this.#lastTestMs = epochMs;
    } else {
      this.#lastAcceptedMs = epochMs;
    }
    if (!isTest || this.#lastAcceptedMs === undefined) {
      this.#acceptedSequence = sequence;
      this.#wronglySigned = undefined;
    }
    this.#refused &&= { ...this.#refused, isOver: true };
  }

  #verify(label: string, epochMs: number): void {
    const use = this.#secrets.get(label) ?? { verified: 0, firstMs: epochMs, lastMs: epochMs };
    use.verified += 1;
    use.lastMs = epochMs;
    this.#secrets.set(label, use);
  }
}

function addRejection(known: Rejections | undefined, epochMs: number): Rejections {
  return { sinceMs: known?.sinceMs ?? epochMs, untilMs: epochMs, count: (known?.count ?? 0) + 1 };
}

function toAdvice(cause: SignatureCause): { readonly cause: SignatureCause; readonly nextStep: string } {
  return { cause, nextStep: signatureAdvice[cause] };
}

function toOptionalIso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : toIso(epochMs);
}

/**
 * Returns the character for a minute. `a` means all accepted, `m` some accepted, `u` none accepted and some answered
 * with 503, `r` all rejected, `o` only other statuses, and `.` no delivery.
 */
function toMinuteCharacter(counts: DeliveryCounts | undefined): string {
  if (counts === undefined) {
    return '.';
  }
  const { accepted, rejected, unavailable, other } = counts;
  if (accepted > 0) {
    return rejected + unavailable + other === 0 ? 'a' : 'm';
  }
  return unavailable > 0 ? 'u' : rejected > 0 ? 'r' : 'o';
}

function toCountName(status: number): 'accepted' | 'rejected' | 'unavailable' | 'other' {
  switch (status) {
    case 200:
      return 'accepted';
    case 401:
      return 'rejected';
    case 503:
      return 'unavailable';
    default:
      return 'other';
  }
}

export function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
