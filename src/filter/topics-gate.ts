import { setTimeout as delay } from 'node:timers/promises';
import { toError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import type { FilterTopics } from './filter-store.ts';

export interface TopicsGateDeps {
  readonly describeTopics: () => Promise<FilterTopics>;
  readonly signal: AbortSignal;
  /** The topics cannot be described; `undefined` when they can. */
  readonly onProblem: (error: Error | undefined) => void;
  readonly logger: Logger;
  readonly settings?: TopicsGateSettings;
}

interface TopicsGateSettings {
  /** Until the topics are there, and after a failure. */
  readonly retryMs: number;
  /** Once they are. */
  readonly watchMs: number;
}

const defaultSettings: TopicsGateSettings = { retryMs: 2_000, watchMs: 10_000 };

/** Keeps the filter from running on topics that do not fit together. */
export class TopicsGate {
  readonly #deps: TopicsGateDeps;
  readonly #settings: TopicsGateSettings;
  #problem: string | undefined = 'Kafka has not answered yet';
  #partitionCount = 0;

  constructor(deps: TopicsGateDeps) {
    this.#deps = deps;
    this.#settings = deps.settings ?? defaultSettings;
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
      await this.#wait(this.#settings.watchMs);
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
      await this.#wait(this.#settings.retryMs);
      topics = await this.#describe();
    }
    if (topics.refusal !== undefined) {
      throw new Error(topics.refusal);
    }
    return topics;
  }

  /** Repeats until the topics can be described: rights may be granted and passwords corrected meanwhile. */
  async #describe(): Promise<FilterTopics> {
    const { describeTopics, onProblem, signal } = this.#deps;
    for (;;) {
      try {
        const topics = await describeTopics();
        onProblem(undefined);
        const missing = findMissing(topics);
        this.#problem = missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined;
        return topics;
      } catch (error) {
        signal.throwIfAborted();
        this.#problem ??= 'the topics cannot be described';
        onProblem(toError(error));
        await this.#wait(this.#settings.retryMs);
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
