import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../runtime/logger.ts';
import type { CheckState } from '../runtime/readiness-check.ts';
import { toError } from '../runtime/to-error.ts';
import type { FilterTopics } from './filter-store.ts';

/** Keeps the filter from running on topics that do not fit together. */
export interface TopicsGate {
  /** Resolves when the topics are there. @throws when the filter must not run on them */
  open(): Promise<void>;
  /** From then on. @throws when they no longer fit */
  watch(): Promise<never>;
  state(): CheckState;
}

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

export function createTopicsGate(deps: TopicsGateDeps): TopicsGate {
  const { describeTopics, signal, onProblem, logger, settings = defaultSettings } = deps;
  const { retryMs, watchMs } = settings;
  let problem: string | undefined = 'Kafka has not answered yet';
  let partitionCount = 0;

  /** Repeats until the topics can be described: rights may be granted and passwords corrected meanwhile. */
  async function describe(): Promise<FilterTopics> {
    for (;;) {
      try {
        const topics = await describeTopics();
        onProblem(undefined);
        const missing = findMissing(topics);
        problem = missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined;
        return topics;
      } catch (error) {
        signal.throwIfAborted();
        problem ??= 'the topics cannot be described';
        onProblem(toError(error));
        await delay(retryMs, undefined, { signal });
      }
    }
  }

  /** @throws when the filter must not run on them */
  async function whenPresent(): Promise<FilterTopics> {
    let topics = await describe();
    const missing = findMissing(topics);
    if (missing.length > 0) {
      logger.warn({ topics: missing }, 'topics do not exist yet, waiting for them');
    }
    while (findMissing(topics).length > 0) {
      await delay(retryMs, undefined, { signal });
      topics = await describe();
    }
    if (topics.refusal !== undefined) {
      throw new Error(topics.refusal);
    }
    return topics;
  }

  return {
    async open() {
      const topics = await whenPresent();
      for (const { verdict, message } of topics.findings) {
        logger[verdict === 'error' ? 'error' : 'warn'](message);
      }
      ({ partitionCount } = topics.events);
    },
    /** With another number of partitions keys are in other partitions, and the state that was read is of no use. */
    async watch() {
      for (;;) {
        await delay(watchMs, undefined, { signal });
        const { topic, partitionCount: now } = (await whenPresent()).events;
        if (now !== partitionCount) {
          throw new Error(`${topic} had ${partitionCount} partitions and has ${now} now.`);
        }
      }
    },
    state: () => ({ ok: problem === undefined, detail: problem ?? '' }),
  };
}

function findMissing({ events, latest, deadLetter }: FilterTopics): string[] {
  return [events, latest, deadLetter]
    .filter(({ partitionCount }) => partitionCount === 0)
    .map(({ topic }) => topic);
}
