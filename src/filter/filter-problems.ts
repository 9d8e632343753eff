import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** The source of a problem. A partition is identified by its number. */
export type ProblemSource = 'topics' | 'group' | 'ends' | number;

interface FilterProblemsDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** Describes an error to the operator, including what happened and what to do. */
  readonly describe: (error: unknown) => string;
}

const problemLogIntervalMs = 5_000;

/**
 * The current problems that block the filter, keyed by source. The problems are shown in the readiness details and
 * logged in one line every few seconds.
 */
export class FilterProblems {
  readonly #deps: FilterProblemsDeps;
  readonly #reasons = new Map<ProblemSource, string>();
  #loggedAt = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(deps: FilterProblemsDeps) {
    this.#deps = deps;
  }

  /** @param error `undefined` if the problem is resolved */
  observe(place: ProblemSource, error: unknown): void {
    if (error === undefined) {
      this.#reasons.delete(place);
    } else if (!this.#isStopped) {
      const { clock, describe } = this.#deps;
      this.#reasons.set(place, describe(error));
      if (clock.now() - this.#loggedAt >= problemLogIntervalMs) {
        this.#loggedAt = clock.now();
        this.#log(error);
      }
    }
  }

  reasonAt(place: ProblemSource): string | undefined {
    return this.#reasons.get(place);
  }

  /** Stops reporting, because the shutdown of the filter itself causes further errors. */
  stop(): void {
    this.#isStopped = true;
  }

  #log(error: unknown): void {
    const problemsByReason = Map.groupBy(this.#reasons, ([, reason]) => reason);
    const problems = [...problemsByReason].map(([reason, entries]) => ({
      reason,
      places: entries.map(([place]) => formatProblemSource(place)).join(', '),
    }));
    this.#deps.logger.warn({ problems, err: error }, 'the filter is waiting for Kafka');
  }
}

function formatProblemSource(place: ProblemSource): string {
  return typeof place === 'number' ? `partition ${place}` : place;
}
