import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { ProblemPlace } from './filter-store.ts';

/** What keeps the filter waiting at present, by place. Readiness reads it; one line every few seconds logs it. */
export interface FilterProblems {
  /** @param error `undefined`: the problem there is over */
  observe(place: ProblemPlace, error: unknown): void;
  reasonAt(place: ProblemPlace): string | undefined;
  /** What fails from now on fails because the filter stops. */
  stop(): void;
}

export interface FilterProblemsDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** For the operator: what happened, and what to do. */
  readonly describe: (error: unknown) => string;
}

const lineIntervalMs = 5_000;

export function createFilterProblems({ logger, clock, describe }: FilterProblemsDeps): FilterProblems {
  const reasons = new Map<ProblemPlace, string>();
  let loggedAt = Number.NEGATIVE_INFINITY;
  let isStopped = false;

  function log(error: unknown): void {
    const byReason = Map.groupBy(reasons, ([, reason]) => reason);
    const problems = [...byReason].map(([reason, entries]) => ({
      reason,
      places: entries.map(([place]) => toName(place)).join(', '),
    }));
    logger.warn({ problems, err: error }, 'Kafka keeps the filter waiting');
  }

  return {
    observe(place, error) {
      if (error === undefined) {
        reasons.delete(place);
      } else if (!isStopped) {
        reasons.set(place, describe(error));
        if (clock.now() - loggedAt >= lineIntervalMs) {
          loggedAt = clock.now();
          log(error);
        }
      }
    },
    reasonAt: (place) => reasons.get(place),
    stop() {
      isStopped = true;
    },
  };
}

function toName(place: ProblemPlace): string {
  return typeof place === 'number' ? `partition ${place}` : place;
}
