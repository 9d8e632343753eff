import type { Sink, SinkHealth } from '../ports/sink.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import type { AppendWatch, Moment } from './append-watch.ts';

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
  #unavailableSince: Moment | undefined;

  constructor(deps: SinkWatchDeps) {
    this.#deps = deps;
    this.#unavailableSince = this.#readClock();
    this.#timer = setInterval(() => this.#check(), deps.intervalMs).unref();
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
    const { sink, appends } = this.#deps;
    const { up, detail } = sink.health();
    const still = appends.standStill();
    return up && still !== undefined
      ? { ok: true, detail: still.detail, hasFault: true }
      : { ok: up, detail };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
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
  #present(): SinkHealth & { readonly since: Moment } {
    const { sink, appends } = this.#deps;
    const { up, detail } = sink.health();
    const still = appends.standStill();
    return up && still !== undefined
      ? { up: false, detail: still.detail, since: still.since }
      : { up, detail, since: this.#readClock() };
  }

  #readClock(): Moment {
    const { clock } = this.#deps;
    return { now: clock.now(), epochMs: clock.epochMs() };
  }
}
