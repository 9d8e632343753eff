import type { ReceiverSink, SinkHealth } from '../ports/sink.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import type { AppendStall, AppendWatch, TimePoint } from './append-watch.ts';

export interface SinkWatchDeps {
  readonly sink: ReceiverSink;
  readonly appends: Pick<AppendWatch, 'findStall'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** A period in which records are not stored. */
export interface Outage {
  /** Epoch milliseconds. */
  readonly since: number;
  /** Reason for the outage, as a text for the operator. */
  readonly detail: string;
}

/** Logs the start and the end of outages of the store. The provider retries for 24 h from the first refusal. */
export class SinkWatch {
  readonly #deps: SinkWatchDeps;
  readonly #timer: NodeJS.Timeout;
  #unavailableSince: TimePoint | undefined;

  constructor(deps: SinkWatchDeps) {
    this.#deps = deps;
    this.#unavailableSince = this.#readClock();
    this.#timer = setInterval(() => this.#logChange(), deps.intervalMs).unref();
  }

  /** The current outage, or `undefined` while records are stored. */
  get outage(): Outage | undefined {
    // The current state is read, because the last check may be a second old.
    const { up, detail, since } = this.#present();
    return up ? undefined : { since: (this.#unavailableSince ?? since).epochMs, detail };
  }

  /**
   * Whether the sink reports that it accepts records. Delivery outcomes do not affect readiness, because an unready
   * process does not get deliveries and could never recover. Failed deliveries are reported as a fault instead.
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
      const outageMs = Math.round(clock.now() - this.#unavailableSince.now);
      logger.info({ forMs: outageMs }, 'the store accepts records');
      this.#unavailableSince = undefined;
    } else if (!up && this.#unavailableSince === undefined) {
      this.#unavailableSince = since;
      logger.error({ detail }, 'the store does not accept records, so deliveries get 503');
    }
  }

  /** Whether an append can succeed, as far as the process knows. */
  #present(): SinkHealth & { readonly since: TimePoint } {
    const { up, detail, still } = this.#look();
    return still === undefined
      ? { up, detail, since: this.#readClock() }
      : { up: false, detail: still.detail, since: still.since };
  }

  /** The health that the sink reports, and the outage that deliveries reveal while the sink reports that it is up. */
  #look(): SinkHealth & { readonly still: AppendStall | undefined } {
    const { sink, appends } = this.#deps;
    const health = sink.health();
    return { ...health, still: health.up ? appends.findStall() : undefined };
  }

  #readClock(): TimePoint {
    const { clock } = this.#deps;
    return { now: clock.now(), epochMs: clock.epochMs() };
  }
}
