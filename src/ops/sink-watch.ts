import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sink, SinkHealth } from '../sink/sink.ts';
import type { AppendWatch, Moment } from './append-watch.ts';

export interface SinkWatch {
  /** Epoch milliseconds; `undefined` while records are stored. */
  readonly unavailableSince: number | undefined;
  /**
   * For readiness: what the sink says, and what became of the last deliveries. A process that is not ready gets none, so it
   * is ready again a while after the last one, to be tried.
   */
  health(): SinkHealth;
  stop(): void;
}

export interface SinkWatchDeps {
  readonly sink: Sink;
  readonly appends: Pick<AppendWatch, 'standStill'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Logs when records are not stored any more and when they are again. The provider retries for 24 h from the first refusal. */
export function createSinkWatch({ sink, appends, clock, logger, intervalMs }: SinkWatchDeps): SinkWatch {
  const readClock = (): Moment => ({ now: clock.now(), epochMs: clock.epochMs() });
  let unavailableSince: Moment | undefined = readClock();

  /** Whether an append can succeed, as far as anybody knows. */
  function present(): SinkHealth & { readonly since: Moment } {
    const { up, detail } = sink.health();
    const still = appends.standStill();
    return up && still !== undefined
      ? { up: false, detail: still.detail, since: still.since }
      : { up, detail, since: readClock() };
  }

  function check(): void {
    const { up, detail, since } = present();
    if (up && unavailableSince !== undefined) {
      logger.info({ forMs: Math.round(clock.now() - unavailableSince.now) }, 'the store takes records');
      unavailableSince = undefined;
    } else if (!up && unavailableSince === undefined) {
      unavailableSince = since;
      logger.error({ detail }, 'the store takes no records, so deliveries are answered 503');
    }
  }

  const timer = setInterval(check, intervalMs).unref();
  return {
    get unavailableSince() {
      // The present state: the last check may be a second old.
      const { up, since } = present();
      return up ? undefined : (unavailableSince ?? since).epochMs;
    },
    health() {
      const { up, detail } = sink.health();
      const still = appends.standStill();
      return up && still?.isFresh === true ? { up: false, detail: still.detail } : { up, detail };
    },
    stop: () => clearInterval(timer),
  };
}
