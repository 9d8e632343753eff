import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import type { FilterProblems } from './filter-problems.ts';
import type { FilterTopics } from './filter-store.ts';

interface TopicsGateDeps {
  readonly describeTopics: () => Promise<FilterTopics>;
  readonly problems: Pick<FilterProblems, 'observe'>;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Until the topics are there, and after a failure. */
const retryMs = 2_000;
/** Once they are. */
const watchMs = 10_000;

/** Keeps the filter from running on topics that do not fit together. */
export class TopicsGate {
  readonly #deps: TopicsGateDeps;
  #problem: string | undefined = 'Kafka has not answered yet';
  #partitionCount = 0;

  constructor(deps: TopicsGateDeps) {
    this.#deps = deps;
  }

  /** Resolves when the topics are there. @throws when the filter must not run on them */
  async open(): Promise<void> {
    const { events, findings } = await this.#whenPresent();
    for (const { verdict, message } of findings) {
      this.#deps.logger[verdict === 'error' ? 'error' : 'warn'](message);
    }
    this.#partitionCount = events.partitionCount;
  }

  /**
   * From then on. With another number of partitions keys are in other partitions, and the state that was read is of no use.
   *
   * @throws when the topics no longer fit
   */
  async watch(): Promise<never> {
    for (;;) {
      await this.#wait(watchMs);
      const { topic, partitionCount: now } = (await this.#whenPresent()).events;
      if (now !== this.#partitionCount) {
        throw new Error(`${topic} had ${this.#partitionCount} partitions and has ${now} now.`);
      }
    }
  }

  state(): CheckState {
    return { ok: this.#problem === undefined, detail: this.#problem ?? '' };
  }

  /** @throws when the filter must not run on them */
  async #whenPresent(): Promise<FilterTopics> {
    let topics = await this.#describe();
    const missing = findMissing(topics);
    if (missing.length > 0) {
      this.#deps.logger.warn({ topics: missing }, 'topics do not exist yet, waiting for them');
    }
    while (findMissing(topics).length > 0) {
      await this.#wait(retryMs);
      topics = await this.#describe();
    }
    if (topics.refusal !== undefined) {
      throw new Error(topics.refusal);
    }
    return topics;
  }

  /** Repeats until the topics can be described: rights may be granted and passwords corrected meanwhile. */
  async #describe(): Promise<FilterTopics> {
    const { describeTopics, problems, signal } = this.#deps;
    for (;;) {
      try {
        const topics = await describeTopics();
        problems.observe('topics', undefined);
        const missing = findMissing(topics);
        this.#problem = missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined;
        return topics;
      } catch (error) {
        signal.throwIfAborted();
        this.#problem ??= 'the topics cannot be described';
        problems.observe('topics', error);
        await this.#wait(retryMs);
      }
    }
  }

  #wait(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.#deps.signal });
  }
}

function findMissing({ events, latest, deadLetter }: FilterTopics): string[] {
  return [events, latest, deadLetter]
    .filter(({ partitionCount }) => partitionCount === 0)
    .map(({ topic }) => topic);
}
