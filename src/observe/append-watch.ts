import type { Clock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { Outcome } from '../webhook/delivery.ts';

/** A point in time, as monotonic time and as epoch time. */
export interface TimePoint {
  readonly now: number;
  readonly epochMs: number;
}

/** A period in which deliveries arrived but none was stored. */
export interface AppendStall {
  readonly since: TimePoint;
  /** Description of the outage, as one sentence for the operator. */
  readonly detail: string;
}

export interface AppendWatchDeps {
  readonly clock: Clock;
  /**
   * Maximum time that a delivery waits for the store. A period without stored deliveries counts as an outage only if it
   * is longer, so that a brief slowdown does not count.
   */
  readonly windowMs: number;
}

/**
 * Minimum number of refused deliveries in an outage. A single failing delivery is retried after 5, 5 and 30 s, so it
 * looks like an outage only if no other delivery is stored for 40 s.
 */
const minRefusedDeliveries = 4;

/** Time without refused deliveries after which the state is unknown. */
const outageMemoryMs = 60_000;

/** Outcomes that are caused by the store. Other refusals do not reveal the state of the store. */
const storeFailureCodes: ReadonlySet<Outcome['code']> = new Set([
  'sink_unavailable',
  'sink_timeout',
  'sink_full',
]);

interface RefusedDeliveries {
  readonly since: TimePoint;
  count: number;
  lastAt: number;
  last: Outcome;
}

/**
 * Detects from the outcomes of deliveries whether they are being stored. A connected sink without an open circuit may
 * report that it is up although every append times out.
 */
export class AppendWatch {
  readonly #deps: AppendWatchDeps;
  #storedAt: number;
  #refused: RefusedDeliveries | undefined;

  constructor(deps: AppendWatchDeps) {
    this.#deps = deps;
    this.#storedAt = deps.clock.now();
  }

  observe(outcome: Outcome, durationMs: number): void {
    if (outcome.code === 'ok' && outcome.received > 0) {
      this.#storedAt = this.#deps.clock.now();
      this.#refused = undefined;
    } else if (storeFailureCodes.has(outcome.code)) {
      this.#refuse(outcome, durationMs);
    }
  }

  /** The current outage, or `undefined` while deliveries are stored or too little is known. */
  findStall(): AppendStall | undefined {
    const { clock, windowMs } = this.#deps;
    const refusedDeliveries = this.#refused;
    const now = clock.now();
    if (
      refusedDeliveries === undefined ||
      refusedDeliveries.count < minRefusedDeliveries ||
      now - refusedDeliveries.since.now < windowMs
    ) {
      return undefined;
    }
    return now - refusedDeliveries.lastAt >= outageMemoryMs
      ? undefined
      : { since: refusedDeliveries.since, detail: describeRefusedDeliveries(refusedDeliveries) };
  }

  #refuse(last: Outcome, durationMs: number): void {
    const { clock } = this.#deps;
    const now = clock.now();
    if (this.#refused === undefined || now - this.#refused.lastAt >= outageMemoryMs) {
      // If a delivery waited for the store, the outage began when the delivery arrived.
      const ageMs = Math.min(durationMs, now - this.#storedAt);
      const stallStart = { now: now - ageMs, epochMs: Math.round(clock.epochMs() - ageMs) };
      this.#refused = { since: stallStart, count: 0, lastAt: now, last };
    }
    this.#refused.count += 1;
    this.#refused.lastAt = now;
    this.#refused.last = last;
  }
}

function describeRefusedDeliveries({
  since: { epochMs },
  count,
  last: { code, cause },
}: RefusedDeliveries): string {
  const sinceText = new Date(epochMs).toISOString();
  return `nothing has been stored since ${sinceText}, and ${count} deliveries were refused, the last one with ${code}: ${describeError(cause)}`;
}
