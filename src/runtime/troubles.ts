import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** What is wrong at present, by place: kept for readiness, and said in at most one line every few seconds. */
export interface Troubles {
  report(place: string, cause: string, error: unknown): void;
  clear(place: string): void;
  causeAt(place: string): string | undefined;
}

interface TroublesDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** The line's message. */
  readonly message: string;
}

export function createTroubles({ logger, clock, intervalMs, message }: TroublesDeps): Troubles {
  const causes = new Map<string, string>();
  let saidAt = Number.NEGATIVE_INFINITY;

  return {
    report(place, cause, error) {
      causes.set(place, cause);
      const now = clock.now();
      if (now - saidAt >= intervalMs) {
        saidAt = now;
        const places = Map.groupBy(causes.keys(), (each) => causes.get(each) ?? '');
        const troubles = [...places].map(([reason, at]) => ({ reason, places: at.join(', ') }));
        logger.warn({ troubles, err: error }, message);
      }
    },
    clear: (place) => void causes.delete(place),
    causeAt: (place) => causes.get(place),
  };
}
