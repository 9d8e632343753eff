import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sink } from '../sink/sink.ts';

export interface SinkWatch {
  /** Epoch milliseconds; `undefined` while the sink is up. */
  readonly unavailableSince: number | undefined;
  stop(): void;
}

export interface SinkWatchDeps {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/** Logs when the sink goes down and when it is up again. The provider retries for 24 h from the first refusal. */
export function createSinkWatch({ sink, clock, logger, intervalMs }: SinkWatchDeps): SinkWatch {
  const readClock = () => ({ atMs: clock.now(), epochMs: clock.epochMs() });
  let unavailableSince: ReturnType<typeof readClock> | undefined = readClock();

  function check(): void {
    const { up, detail } = sink.health();
    if (up && unavailableSince !== undefined) {
      logger.info({ forMs: Math.round(clock.now() - unavailableSince.atMs) }, 'the store takes records');
      unavailableSince = undefined;
    } else if (!up && unavailableSince === undefined) {
      unavailableSince = readClock();
      logger.error({ detail }, 'the store takes no records, so deliveries are answered 503');
    }
  }

  const timer = setInterval(check, intervalMs).unref();
  return {
    get unavailableSince() {
      // The present state: the last check may be a second old.
      return sink.health().up ? undefined : (unavailableSince ?? readClock()).epochMs;
    },
    stop: () => clearInterval(timer),
  };
}
