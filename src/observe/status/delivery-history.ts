import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { Outcome } from '../../webhook/delivery.ts';
import { type SignatureCause, signatureAdvice } from '../../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal } from '../../webhook/refusal.ts';
import { MinuteCounts, minuteMs } from './minute-counts.ts';
import type {
  DeadLettersReport,
  DeliveryReport,
  LastHourReport,
  RegistrationReport,
  WronglySignedReport,
} from './status-report.ts';

const minutesKept = 60;
const deliveriesKept = 50;
/** Number of verified deliveries that remain in the list even if unauthenticated clients send many requests. */
const verifiedKept = 25;
/** Number of minutes over which averages are calculated. */
const averagedMinutes = 5;
/** Window of the alert for dead letters, in minutes. */
const deadLetterMinutes = 15;

/** Time after which a wrong signature says nothing about the current state. It equals the provider's retry period. */
const wrongSignatureMs = 24 * 3_600_000;
/** Matches causes that an unauthenticated sender cannot fake, because they require a secret or a genuine delivery. */
const provenCausePattern = /^(secret|body)_/;

export type RememberedOutcome = Pick<
  Outcome,
  'code' | 'received' | 'deadLettered' | 'secret' | 'own' | 'appendMs' | 'cause'
>;

interface RememberedFacts {
  readonly webhook: string;
  readonly status: number;
  readonly durationMs: number;
}

interface RememberedDelivery extends RememberedFacts {
  /** Position in the order in which deliveries were answered, from 1. */
  readonly sequence: number;
  readonly epochMs: number;
  readonly reason: string;
  readonly events: number;
  readonly isTest: boolean;
  cause: SignatureCause | undefined;
}

/** First and last time that a secret verified a delivery, in epoch milliseconds. */
export interface SecretUse {
  readonly firstMs: number;
  lastMs: number;
}

/** Remembers the last hour by minute and the newest deliveries, without their content. */
export class DeliveryHistory {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #webhooks: ReadonlyMap<string, WebhookHistory>;
  readonly #verified: RememberedDelivery[] = [];
  readonly #unverified: RememberedDelivery[] = [];
  #lastDelivery: RememberedDelivery | undefined;
  #newestDeadLetter: DeadLettersReport['newest'];

  constructor(clock: Pick<Clock, 'epochMs'>, webhooks: readonly string[]) {
    this.#clock = clock;
    this.#webhooks = new Map(webhooks.map((name) => [name, new WebhookHistory(clock)]));
  }

  observe(outcome: RememberedOutcome, { webhook, status, durationMs }: RememberedFacts): void {
    const epochMs = this.#clock.epochMs();
    const delivery: RememberedDelivery = {
      sequence: (this.#lastDelivery?.sequence ?? 0) + 1,
      epochMs,
      webhook,
      status,
      reason: outcome.code,
      events: outcome.received,
      durationMs,
      isTest: outcome.own !== undefined,
      cause: outcome.cause instanceof SignatureHeaderRefusal ? outcome.cause.reason : undefined,
    };
    this.#lastDelivery = delivery;
    const newestDeliveries = outcome.secret === undefined ? this.#unverified : this.#verified;
    newestDeliveries.push(delivery);
    if (newestDeliveries.length > deliveriesKept) {
      newestDeliveries.shift();
    }
    this.#webhooks.get(webhook)?.observe(outcome, delivery);
    if (outcome.code === 'ok') {
      for (const reason of outcome.deadLettered.keys()) {
        this.#newestDeadLetter = { at: toIso(epochMs), webhook, reason };
      }
    }
  }

  /** Returns a function that adds the cause of the last delivery, which got 401, once the cause is known. */
  explainLast(webhook: string): (explanation: RejectionCause) => void {
    const delivery = this.#lastDelivery;
    return (explanation) => {
      if (delivery !== undefined) {
        delivery.cause = explanation.cause;
        this.#webhooks.get(webhook)?.reject(delivery, explanation);
      }
    };
  }

  /** The newest delivery with status 401 whose cause is known. */
  lastRejected(webhook: string): RegistrationReport['lastRejected'] {
    const rejection = this.#webhooks.get(webhook)?.lastRejected;
    return (
      rejection && {
        at: toIso(rejection.epochMs),
        cause: rejection.cause,
        nextStep: signatureAdvice[rejection.cause],
      }
    );
  }

  /** Rejections that have a proven cause and occurred after the last accepted delivery. */
  wronglySigned(webhook: string): WronglySignedReport | undefined {
    const wrongSignatures = this.#webhooks.get(webhook)?.wronglySigned;
    return wrongSignatures === undefined || this.#clock.epochMs() - wrongSignatures.untilMs > wrongSignatureMs
      ? undefined
      : {
          since: toIso(wrongSignatures.sinceMs),
          until: toIso(wrongSignatures.untilMs),
          count: wrongSignatures.count,
          cause: wrongSignatures.cause,
          nextStep: signatureAdvice[wrongSignatures.cause],
          ofWebhook: wrongSignatures.ofWebhook,
        };
  }

  lastHour(): LastHourReport {
    const lastMinute = Math.floor(this.#clock.epochMs() / minuteMs);
    return {
      from: toIso((lastMinute - minutesKept + 1) * minuteMs),
      accepted: this.#sumByMinute('accepted', minutesKept),
      rejected: this.#sumByMinute('rejected', minutesKept),
      unavailable: this.#sumByMinute('unavailable', minutesKept),
      other: this.#sumByMinute('other', minutesKept),
    };
  }

  /** The newest first. */
  deliveries(): readonly DeliveryReport[] {
    const most = deliveriesKept - Math.min(verifiedKept, this.#verified.length);
    return [...this.#verified, ...this.#unverified.slice(-most)]
      .toSorted((one, other) => other.sequence - one.sequence)
      .slice(0, deliveriesKept)
      .map(toDeliveryReport);
  }

  deadLetters(): DeadLettersReport {
    return { recent: this.#sum('deadLetters', deadLetterMinutes), newest: this.#newestDeadLetter };
  }

  /** Mean and maximum time to store a delivery over the last minutes. `undefined` if no delivery was stored. */
  latency(): { readonly meanMs: number; readonly maxMs: number } | undefined {
    const count = this.#sum('appends', averagedMinutes);
    if (count === 0) {
      return undefined;
    }
    const minutes = [...this.#webhooks.values()].flatMap(({ minutes: each }) => each.last(averagedMinutes));
    const maxMs = Math.max(...minutes.map((counts) => counts?.maxAppendMs ?? 0));
    return {
      meanMs: roundToTenth(this.#sum('appendMs', averagedMinutes) / count),
      maxMs: roundToTenth(maxMs),
    };
  }

  /** Average number of events per minute over the last minutes. */
  eventsPerMinute(webhook: string): number {
    const minutes = this.#webhooks.get(webhook)?.minutes;
    return roundToTenth(minutes?.averagePerMinute(averagedMinutes, ({ events }) => events) ?? 0);
  }

  /** Returns one character for each of the last 60 minutes, starting with the oldest minute. */
  minutes(webhook: string): string {
    return this.#webhooks.get(webhook)?.minutes.last(minutesKept).map(toMinuteCharacter).join('') ?? '';
  }

  /**
   * Returns the time of the last accepted test delivery that this product sent, in epoch milliseconds, or 0 before the
   * first such delivery.
   */
  lastTestAcceptedMs(webhook: string): number {
    return this.#webhooks.get(webhook)?.lastTestMs ?? 0;
  }

  secretUse(webhook: string, label: string | undefined): SecretUse | undefined {
    return label === undefined ? undefined : this.#webhooks.get(webhook)?.secrets.get(label);
  }

  /** Sums a count over all webhooks, for each of the last minutes. */
  #sumByMinute(name: keyof DeliveryCounts, minutes: number): readonly number[] {
    const sums = Array.from({ length: minutes }, () => 0);
    for (const webhook of this.#webhooks.values()) {
      for (const [minute, counts] of webhook.minutes.last(minutes).entries()) {
        sums[minute] = (sums[minute] ?? 0) + (counts?.[name] ?? 0);
      }
    }
    return sums;
  }

  #sum(name: keyof DeliveryCounts, minutes: number): number {
    return this.#sumByMinute(name, minutes).reduce((total, count) => total + count, 0);
  }
}

interface RejectionCause {
  readonly cause: SignatureCause;
  readonly ofWebhook?: string | undefined;
}

interface WronglySigned extends RejectionCause {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly count: number;
}

/** Counts of one webhook in one minute. */
interface DeliveryCounts {
  accepted: number;
  rejected: number;
  unavailable: number;
  other: number;
  events: number;
  deadLetters: number;
  /** Number of deliveries that were appended to the store, and the sum and the maximum of their durations. */
  appends: number;
  appendMs: number;
  maxAppendMs: number;
}

function createDeliveryCounts(): DeliveryCounts {
  return {
    accepted: 0,
    rejected: 0,
    unavailable: 0,
    other: 0,
    events: 0,
    deadLetters: 0,
    appends: 0,
    appendMs: 0,
    maxAppendMs: 0,
  };
}

class WebhookHistory {
  readonly minutes: MinuteCounts<DeliveryCounts>;
  readonly secrets = new Map<string, SecretUse>();
  lastTestMs = 0;
  lastRejected: { readonly epochMs: number; readonly cause: SignatureCause } | undefined;
  wronglySigned: WronglySigned | undefined;
  /** Sequence number of the last accepted delivery. */
  #acceptedSequence = 0;
  #hasAcceptedProvider = false;

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.minutes = new MinuteCounts(clock, minutesKept, createDeliveryCounts);
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

  reject({ sequence, epochMs }: RememberedDelivery, { cause, ofWebhook }: RejectionCause): void {
    this.lastRejected = { epochMs, cause };
    // Another delivery may have been accepted before the examination ended.
    if (provenCausePattern.test(cause) && sequence > this.#acceptedSequence) {
      const { sinceMs = epochMs, count = 0 } = this.wronglySigned ?? {};
      this.wronglySigned = { sinceMs, untilMs: epochMs, count: count + 1, cause, ofWebhook };
    }
  }

  /** Once the provider's deliveries were accepted, a test delivery does not prove that they still are. */
  #accept({ isTest, epochMs, sequence }: RememberedDelivery): void {
    if (isTest) {
      this.lastTestMs = epochMs;
    } else {
      this.#hasAcceptedProvider = true;
    }
    if (!isTest || !this.#hasAcceptedProvider) {
      this.#acceptedSequence = sequence;
      this.wronglySigned = undefined;
    }
  }

  #verify(label: string, epochMs: number): void {
    const use = this.secrets.get(label);
    if (use === undefined) {
      this.secrets.set(label, { firstMs: epochMs, lastMs: epochMs });
    } else {
      use.lastMs = epochMs;
    }
  }
}

function toDeliveryReport({
  epochMs,
  isTest,
  durationMs,
  cause,
  ...others
}: RememberedDelivery): DeliveryReport {
  const { webhook, status, reason, events } = others;
  return {
    at: toIso(epochMs),
    webhook,
    status,
    reason,
    events,
    durationMs: roundToTenth(durationMs),
    test: isTest || undefined,
    cause,
    nextStep: cause && signatureAdvice[cause],
  };
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

function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
