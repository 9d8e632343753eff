import type { Clock } from '../runtime/clock.ts';
import { describeError } from '../runtime/errors.ts';
import type { Outcome } from '../webhook/delivery.ts';

/** The same time by both readings of a clock. */
export interface ClockReading {
  readonly now: number;
  readonly epochMs: number;
}

/** Deliveries came, and nothing was stored. */
export interface StandStill {
  readonly since: ClockReading;
  /** One sentence for a person. */
  readonly detail: string;
}

export interface AppendWatchDeps {
  readonly clock: Clock;
  /** As long as one delivery may wait for the store: what lasts longer than that is not a slow moment. */
  readonly windowMs: number;
}

/**
 * A delivery that fails alone comes again after 5, 5 and 30 s. So it takes 40 s in which nothing else is stored to look
 * like a store that takes nothing.
 */
const minRefused = 4;

/** When nothing was refused for so long, nothing is known any more. */
const forgetMs = 60_000;

/** What a store does, or fails to do. The other refusals say nothing of it. */
const countedCodes: ReadonlySet<Outcome['code']> = new Set(['sink_unavailable', 'sink_timeout', 'sink_full']);

interface Refused {
  readonly since: ClockReading;
  count: number;
  lastAt: number;
  last: Outcome;
}

/**
 * Whether deliveries are stored at present, by nothing but their outcomes. A sink may call itself up while each append
 * times out: connected, and no circuit open.
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

  /** `undefined` while deliveries are stored, and while too little is known. */
  standStill(): StandStill | undefined {
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
      // A delivery that waited long for the store counts from its beginning.
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
  return `nothing was stored since ${since}, and ${count} deliveries were refused, the last one by ${code}: ${describeError(cause)}`;
}
