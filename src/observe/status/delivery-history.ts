import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import { signatureAdvice } from '../../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal } from '../../webhook/refusal.ts';
import { minuteMs } from './minute-counts.ts';
import type { DeadLettersReport, DeliveryReport, LastHourReport } from './status-report.ts';
import {
  averagingWindowMinutes,
  type DeliveryCounts,
  historyMinutes,
  type RejectionCause,
  type RememberedDelivery,
  type RememberedOutcome,
  roundToTenth,
  WebhookHistory,
} from './webhook-history.ts';

const maxRememberedDeliveries = 50;
/** Number of verified deliveries that remain in the list even if unauthenticated clients send many requests. */
const maxRememberedVerified = 25;
/** Window of the alert for dead letters, in minutes. */
const deadLetterWindowMinutes = 15;

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

  observe(
    outcome: RememberedOutcome,
    { webhook, status, durationMs }: Pick<RememberedDelivery, 'webhook' | 'status' | 'durationMs'>,
  ): void {
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
    const rememberedDeliveries = outcome.secret === undefined ? this.#unverified : this.#verified;
    rememberedDeliveries.push(delivery);
    if (rememberedDeliveries.length > maxRememberedDeliveries) {
      rememberedDeliveries.shift();
    }
    this.of(webhook).observe(outcome, delivery);
    if (outcome.code === 'ok') {
      for (const reason of outcome.deadLettered.keys()) {
        this.#newestDeadLetter = { at: toIso(epochMs), webhook, reason };
      }
    }
  }

  /** Returns a function to call with the cause of the last delivery's 401, once the cause is known. */
  explainLast(webhook: string): (explanation: RejectionCause) => void {
    const delivery = this.#lastDelivery;
    return (explanation) => {
      if (delivery !== undefined) {
        delivery.cause = explanation.cause;
        this.of(webhook).reject(delivery, explanation);
      }
    };
  }

  /** @throws {Error} if the configuration has no webhook with this name */
  of(webhook: string): WebhookHistory {
    const history = this.#webhooks.get(webhook);
    if (history === undefined) {
      throw new Error(`There is no registration ${webhook}`);
    }
    return history;
  }

  lastHour(): LastHourReport {
    const lastMinute = Math.floor(this.#clock.epochMs() / minuteMs);
    return {
      from: toIso((lastMinute - historyMinutes + 1) * minuteMs),
      accepted: this.#sumByMinute('accepted', historyMinutes),
      rejected: this.#sumByMinute('rejected', historyMinutes),
      unavailable: this.#sumByMinute('unavailable', historyMinutes),
      other: this.#sumByMinute('other', historyMinutes),
    };
  }

  /** The newest first. */
  deliveries(): readonly DeliveryReport[] {
    const maxUnverified = maxRememberedDeliveries - Math.min(maxRememberedVerified, this.#verified.length);
    return [...this.#verified, ...this.#unverified.slice(-maxUnverified)]
      .toSorted((one, other) => other.sequence - one.sequence)
      .slice(0, maxRememberedDeliveries)
      .map(toDeliveryReport);
  }

  deadLetters(): DeadLettersReport {
    return { recent: this.#sum('deadLetters', deadLetterWindowMinutes), newest: this.#newestDeadLetter };
  }

  /** Mean and maximum time to store a delivery over the last minutes. `undefined` if no delivery was stored. */
  latency(): { readonly meanMs: number; readonly maxMs: number } | undefined {
    const count = this.#sum('appends', averagingWindowMinutes);
    if (count === 0) {
      return undefined;
    }
    const minutes = [...this.#webhooks.values()].flatMap(({ minutes: each }) =>
      each.last(averagingWindowMinutes),
    );
    const maxAppendMs = Math.max(...minutes.map((counts) => counts?.maxAppendMs ?? 0));
    return {
      meanMs: roundToTenth(this.#sum('appendMs', averagingWindowMinutes) / count),
      maxMs: roundToTenth(maxAppendMs),
    };
  }

  /** Sums a count over all webhooks, for each of the last minutes. */
  #sumByMinute(name: keyof DeliveryCounts, minutes: number): readonly number[] {
    const minuteSums = Array.from({ length: minutes }, () => 0);
    for (const webhook of this.#webhooks.values()) {
      for (const [minute, counts] of webhook.minutes.last(minutes).entries()) {
        minuteSums[minute] = (minuteSums[minute] ?? 0) + (counts?.[name] ?? 0);
      }
    }
    return minuteSums;
  }

  #sum(name: keyof DeliveryCounts, minutes: number): number {
    return this.#sumByMinute(name, minutes).reduce((total, count) => total + count, 0);
  }
}

function toDeliveryReport(delivery: RememberedDelivery): DeliveryReport {
  const { sequence: _, epochMs, isTest, durationMs, cause, ...facts } = delivery;
  return {
    at: toIso(epochMs),
    ...facts,
    durationMs: roundToTenth(durationMs),
    test: isTest || undefined,
    cause,
    nextStep: cause && signatureAdvice[cause],
  };
}
