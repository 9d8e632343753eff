import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** A partition is named by its number. */
export type ProblemSource = 'topics' | 'group' | 'ends' | number;

interface FilterProblemsDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** For the operator: what happened, and what to do. */
  readonly describe: (error: unknown) => string;
}

const lineIntervalMs = 5_000;

/** What keeps the filter waiting at present, by place. Readiness reads it; one line every few seconds logs it. */
export class FilterProblems {
  readonly #deps: FilterProblemsDeps;
  readonly #reasons = new Map<ProblemSource, string>();
  #loggedAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(deps: FilterProblemsDeps) {
    this.#deps = deps;
  }

  /** @param error `undefined`: the problem there is over */
  observe(place: ProblemSource, error: unknown): void {
    if (error === undefined) {
      this.#reasons.delete(place);
    } else if (!this.#isStopped) {
      const { clock, describe } = this.#deps;
      this.#reasons.set(place, describe(error));
      if (clock.now() - this.#loggedAt >= lineIntervalMs) {
        this.#loggedAt = clock.now();
        this.#log(error);
      }
    }
  }

  reasonAt(place: ProblemSource): string | undefined {
    return this.#reasons.get(place);
  }

  /** What fails from now on fails because the filter stops. */
  stop(): void {
    this.#isStopped = true;
  }

  #log(error: unknown): void {
    const byReason = Map.groupBy(this.#reasons, ([, reason]) => reason);
    const problems = [...byReason].map(([reason, entries]) => ({
      reason,
      places: entries.map(([place]) => toName(place)).join(', '),
    }));
    this.#deps.logger.warn({ problems, err: error }, 'Kafka keeps the filter waiting');
  }
}

function toName(place: ProblemSource): string {
  return typeof place === 'number' ? `partition ${place}` : place;
}
