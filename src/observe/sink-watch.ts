import type { Sink, SinkHealth } from '../ports/sink.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import type { AppendWatch, ClockReading, StandStill } from './append-watch.ts';

export interface SinkWatchDeps {
  readonly sink: Sink;
  readonly appends: Pick<AppendWatch, 'standStill'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Records are not stored. */
export interface Outage {
  /** Epoch milliseconds. */
  readonly since: number;
  /** Why, for a person. */
  readonly detail: string;
}

/** Logs when records are not stored any more and when they are again. The provider retries for 24 h from the first refusal. */
export class SinkWatch {
  readonly #deps: SinkWatchDeps;
  readonly #timer: NodeJS.Timeout;
  #unavailableSince: ClockReading | undefined;

  constructor(deps: SinkWatchDeps) {
    this.#deps = deps;
    this.#unavailableSince = this.#readClock();
    this.#timer = setInterval(() => this.#logChange(), deps.intervalMs).unref();
  }

  /** `undefined` while records are stored. */
  get outage(): Outage | undefined {
    // The present state: the last check may be a second old.
    const { up, detail, since } = this.#present();
    return up ? undefined : { since: (this.#unavailableSince ?? since).epochMs, detail };
  }

  /**
   * Whether the sink takes records, by its own word: a process that is not ready gets no deliveries, and would wait for what
   * they tell. What became of the last ones is a fault beside that.
   */
  check(): CheckState {
    const { up, detail, still } = this.#look();
    return still === undefined ? { ok: up, detail } : { ok: true, detail: still.detail, hasFault: true };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #logChange(): void {
    const { clock, logger } = this.#deps;
    const { up, detail, since } = this.#present();
    if (up && this.#unavailableSince !== undefined) {
      const forMs = Math.round(clock.now() - this.#unavailableSince.now);
      logger.info({ forMs }, 'the store takes records');
      this.#unavailableSince = undefined;
    } else if (!up && this.#unavailableSince === undefined) {
      this.#unavailableSince = since;
      logger.error({ detail }, 'the store takes no records, so deliveries are answered 503');
    }
  }

  /** Whether an append can succeed, as far as anybody knows. */
  #present(): SinkHealth & { readonly since: ClockReading } {
    const { up, detail, still } = this.#look();
    return still === undefined
      ? { up, detail, since: this.#readClock() }
      : { up: false, detail: still.detail, since: still.since };
  }

  /** The word of the sink, and what deliveries met all the same while it calls itself up. */
  #look(): SinkHealth & { readonly still: StandStill | undefined } {
    const { sink, appends } = this.#deps;
    const health = sink.health();
    return { ...health, still: health.up ? appends.standStill() : undefined };
  }

  #readClock(): ClockReading {
    const { clock } = this.#deps;
    return { now: clock.now(), epochMs: clock.epochMs() };
  }
}
