import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import type { FilterProblems } from './filter-problems.ts';
import type { FilterTopics } from './filter-store.ts';

interface FilterTopicsCheckDeps {
  readonly describeTopics: () => Promise<FilterTopics>;
  readonly problems: Pick<FilterProblems, 'observe'>;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Interval between checks until the topics exist, and after a failure. */
const missingTopicsRetryMs = 2_000;
/** Interval between checks once the topics exist. */
const topicsCheckIntervalMs = 10_000;

/** Prevents the filter from running with missing or incompatible topics. */
export class FilterTopicsCheck {
  readonly #deps: FilterTopicsCheckDeps;
  #problem: string | undefined = 'Kafka has not responded yet';
  #partitionCount = 0;

  constructor(deps: FilterTopicsCheckDeps) {
    this.#deps = deps;
  }

  /** Resolves when the topics exist. @throws if the filter must not run with them */
  async open(): Promise<void> {
    const { events, findings } = await this.#whenPresent();
    for (const { verdict, message } of findings) {
      this.#deps.logger[verdict === 'error' ? 'error' : 'warn'](message);
    }
    this.#partitionCount = events.partitionCount;
  }

  /**
   * Checks the topics repeatedly after `open`. If the number of partitions changes, keys move to other partitions, and the
   * restored state is no longer valid.
   *
   * @throws if the topics are no longer compatible
   */
  async watch(): Promise<never> {
    for (;;) {
      await this.#wait(topicsCheckIntervalMs);
      const { topic, partitionCount: now } = (await this.#whenPresent()).events;
      if (now !== this.#partitionCount) {
        throw new Error(`${topic} had ${this.#partitionCount} partitions and now has ${now}.`);
      }
    }
  }

  state(): CheckState {
    return { ok: this.#problem === undefined, detail: this.#problem ?? '' };
  }

  /** @throws if the filter must not run with the topics */
  async #whenPresent(): Promise<FilterTopics> {
    let topics = await this.#describe();
    const missingTopics = listMissingTopics(topics);
    if (missingTopics.length > 0) {
      this.#deps.logger.warn({ topics: missingTopics }, 'waiting for topics that do not exist yet');
    }
    while (listMissingTopics(topics).length > 0) {
      await this.#wait(missingTopicsRetryMs);
      topics = await this.#describe();
    }
    if (topics.refusal !== undefined) {
      throw new Error(topics.refusal);
    }
    return topics;
  }

  /**
   * Retries until the topics can be described, because in the meantime, permissions may be granted and passwords
   * corrected.
   */
  async #describe(): Promise<FilterTopics> {
    const { describeTopics, problems, signal } = this.#deps;
    for (;;) {
      try {
        const topics = await describeTopics();
        problems.observe('topics', undefined);
        const missingTopics = listMissingTopics(topics);
        this.#problem = missingTopics.length > 0 ? `missing: ${missingTopics.join(', ')}` : undefined;
        return topics;
      } catch (error) {
        signal.throwIfAborted();
        this.#problem ??= 'cannot describe the topics';
        problems.observe('topics', error);
        await this.#wait(missingTopicsRetryMs);
      }
    }
  }

  #wait(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.#deps.signal });
  }
}

function listMissingTopics({ events, latest, deadLetter }: FilterTopics): string[] {
  return [events, latest, deadLetter]
    .filter(({ partitionCount }) => partitionCount === 0)
    .map(({ topic }) => topic);
}
