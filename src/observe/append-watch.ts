import type { Clock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { Outcome } from '../webhook/delivery.ts';

/** One point in time, by both readings of a clock. */
export interface ClockReading {
  readonly now: number;
  readonly epochMs: number;
}

/** A period in which deliveries arrived but none was stored. */
export interface AppendStall {
  readonly since: ClockReading;
  /** One sentence for the operator. */
  readonly detail: string;
}

export interface AppendWatchDeps {
  readonly clock: Clock;
  /**
   * Maximum time that one delivery waits for the store. An outage must last longer than this, so that a slow moment does not
   * count.
   */
  readonly windowMs: number;
}

/**
 * Minimum number of refused deliveries. A single failing delivery is retried after 5, 5 and 30 s, so it looks like an outage
 * only if nothing else is stored for 40 s.
 */
const minRefused = 4;

/** Time without refused deliveries after which the state is unknown. */
const forgetMs = 60_000;

/** Outcomes that are caused by the store. Other refusals say nothing about it. */
const countedCodes: ReadonlySet<Outcome['code']> = new Set(['sink_unavailable', 'sink_timeout', 'sink_full']);

interface Refused {
  readonly since: ClockReading;
  count: number;
  lastAt: number;
  last: Outcome;
}

/**
 * Detects from the outcomes of deliveries whether they are being stored. A sink may report that it is up although every
 * append times out: it is connected, and no circuit is open.
 */
export class AppendWatch {
  readonly #deps: AppendWatchDeps;
  #storedAt: number;
  #refused: Refused | undefined;

  constructor(deps: AppendWatchDeps) {
    this.#deps = deps;
    this.#storedAt = deps.clock.now();
  }

  observe(outcome: Outcome, durationMs: number): void {
    if (outcome.code === 'ok' && outcome.received > 0) {
      this.#storedAt = this.#deps.clock.now();
      this.#refused = undefined;
    } else if (countedCodes.has(outcome.code)) {
      this.#refuse(outcome, durationMs);
    }
  }

  /** Returns `undefined` while deliveries are stored, and while too little is known. */
  findStall(): AppendStall | undefined {
    const { clock, windowMs } = this.#deps;
    const refused = this.#refused;
    const now = clock.now();
    if (refused === undefined || refused.count < minRefused || now - refused.since.now < windowMs) {
      return undefined;
    }
    return now - refused.lastAt >= forgetMs ? undefined : { since: refused.since, detail: describe(refused) };
  }

  #refuse(last: Outcome, durationMs: number): void {
    const { clock } = this.#deps;
    const now = clock.now();
    if (this.#refused === undefined || now - this.#refused.lastAt >= forgetMs) {
      // A delivery that waited for the store counts from its start.
      const ageMs = Math.min(durationMs, now - this.#storedAt);
      const since = { now: now - ageMs, epochMs: Math.round(clock.epochMs() - ageMs) };
      this.#refused = { since, count: 0, lastAt: now, last };
    }
    this.#refused.count += 1;
    this.#refused.lastAt = now;
    this.#refused.last = last;
  }
}

function describe({ since: { epochMs }, count, last: { code, cause } }: Refused): string {
  const since = new Date(epochMs).toISOString();
  return `nothing has been stored since ${since}, and ${count} deliveries were refused, the last one with ${code}: ${describeError(cause)}`;
}
