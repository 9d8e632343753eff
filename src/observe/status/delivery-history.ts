import type { Clock } from '../../runtime/clock.ts';
import { toIso } from '../../runtime/format.ts';
import type { Outcome } from '../../webhook/delivery.ts';
import { type SignatureCause, signatureAdvice } from '../../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal } from '../../webhook/refusal.ts';
import type {
  DeadLettersReport,
  DeliveryReport,
  LastHourReport,
  RegistrationReport,
  WronglySignedReport,
} from './status-report.ts';

const minuteMs = 60_000;
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

/** Maps each kind of count to its column within the row of a minute. */
const columns = { accepted: 0, rejected: 1, unavailable: 2, other: 3, events: 4, deadLetters: 5 } as const;
const columnCount = Object.keys(columns).length;

export type RememberedOutcome = Pick<
  Outcome,
  'code' | 'received' | 'deadLettered' | 'secret' | 'own' | 'appendMs' | 'cause'
>;

interface RememberedFacts {
  readonly webhook: string;
  readonly status: number;
  readonly durationMs: number;
}

/** First and last time that a secret verified a delivery, in epoch milliseconds. */
export interface SecretUse {
  readonly firstMs: number;
  lastMs: number;
}

/**
 * Remembers the last hour by minute and the newest deliveries, without their content. All memory is allocated at the
 * start, so recording a delivery only stores numbers in arrays.
 */
export class DeliveryHistory {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #startedMs: number;
  readonly #webhooks: ReadonlyMap<string, WebhookHistory>;
  /** Number of the minute that each row of counts belongs to. */
  readonly #minutes = new Float64Array(minutesKept);
  readonly #counts = new Float64Array(minutesKept * columnCount);
  readonly #appends = new Float64Array(minutesKept);
  readonly #appendMs = new Float64Array(minutesKept);
  readonly #maxAppendMs = new Float64Array(minutesKept);
  readonly #verified = new DeliveryRing();
  readonly #unverified = new DeliveryRing();
  #sequence = 0;
  #deadLetter: DeadLettersReport['newest'];

  constructor(clock: Pick<Clock, 'epochMs'>, webhooks: readonly string[]) {
    this.#clock = clock;
    this.#startedMs = clock.epochMs();
    this.#webhooks = new Map(webhooks.map((name) => [name, new WebhookHistory()]));
  }

  observe(outcome: RememberedOutcome, { webhook, status, durationMs }: RememberedFacts): void {
    const nowMs = this.#clock.epochMs();
    this.#sequence += 1;
    const row = this.#findRow(nowMs);
    const counts = this.#counts;
    const first = row * columnCount;
    counts[first + toColumn(status)] = (counts[first + toColumn(status)] as number) + 1;
    const ring = outcome.secret === undefined ? this.#unverified : this.#verified;
    ring.add(this.#sequence, nowMs, webhook, status, durationMs, outcome);
    const history = this.#webhooks.get(webhook);
    history?.count(toColumn(status), nowMs);
    if (outcome.secret !== undefined) {
      history?.verify(outcome.secret, nowMs);
    }
    if (outcome.code !== 'ok') {
      if (outcome.cause instanceof SignatureHeaderRefusal) {
        history?.reject(this.#sequence, nowMs, { cause: outcome.cause.reason });
      }
      return;
    }
    history?.accept(outcome.received, nowMs, outcome.own !== undefined, this.#sequence);
    counts[first + columns.events] = (counts[first + columns.events] as number) + outcome.received;
    if (outcome.appendMs !== undefined) {
      this.#appends[row] = (this.#appends[row] as number) + 1;
      this.#appendMs[row] = (this.#appendMs[row] as number) + outcome.appendMs;
      this.#maxAppendMs[row] = Math.max(this.#maxAppendMs[row] as number, outcome.appendMs);
    }
    if (outcome.deadLettered.size > 0) {
      for (const [reason, events] of outcome.deadLettered) {
        counts[first + columns.deadLetters] = (counts[first + columns.deadLetters] as number) + events;
        this.#deadLetter = { at: toIso(nowMs), webhook, reason };
      }
    }
  }

  /** Returns a function that adds the cause of the last delivery, which got 401, once the cause is known. */
  explainLast(webhook: string): (explanation: RejectionCause) => void {
    const sequence = this.#sequence;
    const nowMs = this.#clock.epochMs();
    return (explanation) => {
      this.#unverified.explain(sequence, explanation.cause);
      this.#webhooks.get(webhook)?.reject(sequence, nowMs, explanation);
    };
  }

  /** The newest delivery with status 401 whose cause is known. */
  lastRejected(webhook: string): RegistrationReport['lastRejected'] {
    const rejection = this.#webhooks.get(webhook)?.lastRejected;
    return (
      rejection && {
        at: toIso(rejection.nowMs),
        cause: rejection.cause,
        nextStep: signatureAdvice[rejection.cause],
      }
    );
  }

  /** Rejections that have a proven cause and occurred after the last accepted delivery. */
  wronglySigned(webhook: string): WronglySignedReport | undefined {
    const wrong = this.#webhooks.get(webhook)?.wronglySigned;
    return wrong === undefined || this.#clock.epochMs() - wrong.untilMs > wrongSignatureMs
      ? undefined
      : {
          since: toIso(wrong.sinceMs),
          until: toIso(wrong.untilMs),
          count: wrong.count,
          cause: wrong.cause,
          nextStep: signatureAdvice[wrong.cause],
          ofWebhook: wrong.ofWebhook,
        };
  }

  lastHour(): LastHourReport {
    const last = toMinute(this.#clock.epochMs());
    const read = (column: number) => Array.from(this.#rows(minutesKept), (row) => this.#read(row, column));
    return {
      from: toIso((last - minutesKept + 1) * minuteMs),
      accepted: read(columns.accepted),
      rejected: read(columns.rejected),
      unavailable: read(columns.unavailable),
      other: read(columns.other),
    };
  }

  /** The newest first. */
  deliveries(): readonly DeliveryReport[] {
    const verified = this.#verified.newestFirst();
    const unverified = this.#unverified.newestFirst();
    const most = deliveriesKept - Math.min(verifiedKept, verified.length);
    return [...verified, ...unverified.slice(0, most)]
      .toSorted((one, other) => other.sequence - one.sequence)
      .slice(0, deliveriesKept)
      .map(({ delivery }) => delivery);
  }

  deadLetters(): DeadLettersReport {
    const recent = this.#rows(deadLetterMinutes).reduce(
      (sum, row) => sum + this.#read(row, columns.deadLetters),
      0,
    );
    return { recent, newest: this.#deadLetter };
  }

  /** Mean and maximum time to store a delivery over the last minutes. `undefined` if no delivery was stored. */
  latency(): { readonly meanMs: number; readonly maxMs: number } | undefined {
    const rows = this.#rows(averagedMinutes).filter((row) => row >= 0);
    const sum = (values: Float64Array) => rows.reduce((total, row) => total + (values[row] as number), 0);
    const count = sum(this.#appends);
    if (count === 0) {
      return undefined;
    }
    const maxMs = Math.max(...rows.map((row) => this.#maxAppendMs[row] as number));
    return { meanMs: round(sum(this.#appendMs) / count), maxMs: round(maxMs) };
  }

  /**
   * Average number of events per minute over the last minutes. Shortly after the start, the average covers the time
   * since the start.
   */
  eventsPerMinute(webhook: string): number {
    const nowMs = this.#clock.epochMs();
    const elapsed = Math.min(averagedMinutes, Math.max(1, (nowMs - this.#startedMs) / minuteMs));
    return round((this.#webhooks.get(webhook)?.countEvents(nowMs) ?? 0) / elapsed);
  }

  /** Returns one character for each of the last 60 minutes, starting with the oldest minute. */
  minutes(webhook: string): string {
    return this.#webhooks.get(webhook)?.describeMinutes(this.#clock.epochMs()) ?? '';
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

  /** Returns the row of the current minute. If the row still contains counts of an earlier hour, it is cleared first. */
  #findRow(nowMs: number): number {
    const minute = toMinute(nowMs);
    const row = minute % minutesKept;
    if (this.#minutes[row] !== minute) {
      this.#minutes[row] = minute;
      this.#counts.fill(0, row * columnCount, (row + 1) * columnCount);
      this.#appends[row] = 0;
      this.#appendMs[row] = 0;
      this.#maxAppendMs[row] = 0;
    }
    return row;
  }

  /** Returns the rows of the last minutes, starting with the oldest minute. A minute without deliveries is −1. */
  #rows(count: number): readonly number[] {
    const last = toMinute(this.#clock.epochMs());
    return Array.from({ length: count }, (_, index) => {
      const minute = last - count + 1 + index;
      return this.#minutes[minute % minutesKept] === minute ? minute % minutesKept : -1;
    });
  }

  #read(row: number, column: number): number {
    return row < 0 ? 0 : (this.#counts[row * columnCount + column] as number);
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

class WebhookHistory {
  readonly secrets = new Map<string, SecretUse>();
  lastTestMs = 0;
  lastRejected: { readonly nowMs: number; readonly cause: SignatureCause } | undefined;
  wronglySigned: WronglySigned | undefined;
  /** Sequence number of the last accepted delivery. */
  #acceptedSequence = 0;
  #hasAcceptedProvider = false;
  readonly #minutes = new Float64Array(averagedMinutes);
  readonly #events = new Float64Array(averagedMinutes);
  readonly #seenMinutes = new Float64Array(minutesKept);
  /** Bit set for each minute, with a bit for each column in which a delivery was counted. */
  readonly #seen = new Uint8Array(minutesKept);
  #label = '';
  #use: SecretUse | undefined;

  count(column: number, nowMs: number): void {
    const minute = toMinute(nowMs);
    const row = minute % minutesKept;
    if (this.#seenMinutes[row] !== minute) {
      this.#seenMinutes[row] = minute;
      this.#seen[row] = 0;
    }
    this.#seen[row] = (this.#seen[row] as number) | (1 << column);
  }

  describeMinutes(nowMs: number): string {
    const last = toMinute(nowMs);
    return Array.from({ length: minutesKept }, (_, index) => {
      const minute = last - minutesKept + 1 + index;
      const row = minute % minutesKept;
      return this.#seenMinutes[row] === minute ? toMinuteSign(this.#seen[row] as number) : '.';
    }).join('');
  }

  /**
   * @param isTest whether this product sent the delivery. A test delivery does not prove that the provider's
   * deliveries are accepted.
   */
  accept(events: number, nowMs: number, isTest: boolean, sequence: number): void {
    const minute = toMinute(nowMs);
    const row = minute % averagedMinutes;
    if (this.#minutes[row] !== minute) {
      this.#minutes[row] = minute;
      this.#events[row] = 0;
    }
    this.#events[row] = (this.#events[row] as number) + events;
    if (isTest) {
      this.lastTestMs = nowMs;
    } else {
      this.#hasAcceptedProvider = true;
    }
    if (!isTest || !this.#hasAcceptedProvider) {
      this.#acceptedSequence = sequence;
      this.wronglySigned = undefined;
    }
  }

  reject(sequence: number, nowMs: number, { cause, ofWebhook }: RejectionCause): void {
    this.lastRejected = { nowMs, cause };
    // Another delivery may have been accepted before the examination ended.
    if (provenCausePattern.test(cause) && sequence > this.#acceptedSequence) {
      const { sinceMs = nowMs, count = 0 } = this.wronglySigned ?? {};
      this.wronglySigned = { sinceMs, untilMs: nowMs, count: count + 1, cause, ofWebhook };
    }
  }

  verify(label: string, nowMs: number): void {
    if (this.#use === undefined || this.#label !== label) {
      this.#use = this.secrets.get(label) ?? { firstMs: nowMs, lastMs: nowMs };
      this.#label = label;
      this.secrets.set(label, this.#use);
    }
    this.#use.lastMs = nowMs;
  }

  countEvents(nowMs: number): number {
    const oldest = toMinute(nowMs) - averagedMinutes + 1;
    return this.#events.reduce(
      (sum, events, row) => ((this.#minutes[row] as number) >= oldest ? sum + events : sum),
      0,
    );
  }
}

/** Ring buffer of the newest deliveries, with one array per column. */
class DeliveryRing {
  readonly #sequences = new Float64Array(deliveriesKept);
  readonly #times = new Float64Array(deliveriesKept);
  readonly #durations = new Float64Array(deliveriesKept);
  readonly #events = new Float64Array(deliveriesKept);
  readonly #statuses = new Uint16Array(deliveriesKept);
  readonly #webhooks = Array.from({ length: deliveriesKept }, () => '');
  readonly #reasons = Array.from({ length: deliveriesKept }, () => '');
  readonly #causes = Array.from<unknown, SignatureCause | undefined>(
    { length: deliveriesKept },
    () => undefined,
  );
  readonly #isTest = new Uint8Array(deliveriesKept);
  #next = 0;

  add(
    sequence: number,
    nowMs: number,
    webhook: string,
    status: number,
    durationMs: number,
    outcome: RememberedOutcome,
  ): void {
    const at = this.#next;
    this.#next = at + 1 === deliveriesKept ? 0 : at + 1;
    this.#sequences[at] = sequence;
    this.#times[at] = nowMs;
    this.#durations[at] = durationMs;
    this.#events[at] = outcome.received;
    this.#statuses[at] = status;
    this.#webhooks[at] = webhook;
    this.#reasons[at] = outcome.code;
    this.#causes[at] = outcome.cause instanceof SignatureHeaderRefusal ? outcome.cause.reason : undefined;
    this.#isTest[at] = outcome.own === undefined ? 0 : 1;
  }

  explain(sequence: number, cause: SignatureCause): void {
    const at = this.#sequences.indexOf(sequence);
    if (at >= 0) {
      this.#causes[at] = cause;
    }
  }

  newestFirst(): readonly { readonly sequence: number; readonly delivery: DeliveryReport }[] {
    return Array.from(this.#sequences, (sequence, at) => ({ sequence, at }))
      .filter(({ sequence }) => sequence > 0)
      .toSorted((one, other) => other.sequence - one.sequence)
      .map(({ sequence, at }) => ({ sequence, delivery: this.#read(at) }));
  }

  #read(at: number): DeliveryReport {
    const cause = this.#causes[at];
    return {
      at: toIso(this.#times[at] as number),
      webhook: this.#webhooks[at] as string,
      status: this.#statuses[at] as number,
      reason: this.#reasons[at] as string,
      events: this.#events[at] as number,
      durationMs: round(this.#durations[at] as number),
      test: this.#isTest[at] === 1 ? true : undefined,
      cause,
      nextStep: cause && signatureAdvice[cause],
    };
  }
}

/**
 * Returns the character for a minute. `a` means all accepted, `m` some accepted, `u` none accepted and some answered
 * with 503, `r` all rejected, and `o` only other statuses.
 */
function toMinuteSign(seen: number): string {
  const has = (column: number) => (seen & (1 << column)) !== 0;
  if (has(columns.accepted)) {
    return seen === 1 << columns.accepted ? 'a' : 'm';
  }
  return has(columns.unavailable) ? 'u' : has(columns.rejected) ? 'r' : 'o';
}

function toMinute(epochMs: number): number {
  return Math.floor(epochMs / minuteMs);
}

function toColumn(status: number): number {
  switch (status) {
    case 200:
      return columns.accepted;
    case 401:
      return columns.rejected;
    case 503:
      return columns.unavailable;
    default:
      return columns.other;
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
