import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../runtime/logger.ts';
import { type CheckedTopic, checkTopics, type TopicsVerdict } from './check-topics.ts';

/** Keeps the filter from running on topics that do not fit together. */
export interface TopicsGate {
  /** Resolves when the topics are there. @throws when the filter must not run on them */
  open(): Promise<void>;
  /** From then on. @throws when they no longer fit */
  watch(): Promise<never>;
  state(): { readonly ok: boolean; readonly detail: string };
}

export interface TopicsGateDeps {
  /** Events, latest states, dead letters. */
  readonly describeTopics: () => Promise<readonly CheckedTopic[]>;
  readonly signal: AbortSignal;
  /** Kafka does not tell; `undefined` when it does. */
  readonly onTrouble: (error: Error | undefined) => void;
  readonly logger: Logger;
}

interface SeenTopics extends TopicsVerdict {
  readonly events: CheckedTopic;
}

const watchMs = 10_000;
const retryMs = 2_000;

export function createTopicsGate({ describeTopics, signal, onTrouble, logger }: TopicsGateDeps): TopicsGate {
  let detail = 'Kafka has not answered yet';
  let partitionCount = 0;

  async function lookOnce(): Promise<SeenTopics> {
    const [events, latest, deadLetter] = await describeTopics();
    if (events === undefined || latest === undefined || deadLetter === undefined) {
      throw new Error('Kafka did not describe every topic');
    }
    return { ...checkTopics({ events, latest, deadLetter }), events };
  }

  /** Rights may be granted and passwords mended while it waits. */
  async function look(): Promise<SeenTopics> {
    for (;;) {
      try {
        const seen = await lookOnce();
        onTrouble(undefined);
        detail = seen.missing.length > 0 ? `missing: ${seen.missing.join(', ')}` : '';
        return seen;
      } catch (error) {
        signal.throwIfAborted();
        detail ||= 'the topics cannot be looked at';
        onTrouble(error instanceof Error ? error : new Error(String(error)));
        await delay(retryMs, undefined, { signal });
      }
    }
  }

  async function untilThere(): Promise<SeenTopics> {
    let seen = await look();
    if (seen.missing.length > 0) {
      logger.warn({ topics: seen.missing }, 'topics do not exist yet, waiting for them');
    }
    while (seen.missing.length > 0) {
      await delay(retryMs, undefined, { signal });
      seen = await look();
    }
    return seen;
  }

  return {
    async open() {
      const seen = await untilThere();
      for (const warning of seen.warnings) {
        logger.warn(warning);
      }
      if (seen.refusal !== undefined) {
        throw new Error(seen.refusal);
      }
      ({ partitionCount } = seen.events);
    },
    /** With another number of partitions keys lie elsewhere: the state that was read is no longer the right one. */
    async watch() {
      for (;;) {
        await delay(watchMs, undefined, { signal });
        const { refusal, events } = await untilThere();
        if (refusal !== undefined) {
          throw new Error(refusal);
        }
        if (events.partitionCount !== partitionCount) {
          throw new Error(
            `${events.name} had ${partitionCount} partitions and has ${events.partitionCount} now.`,
          );
        }
      }
    },
    state: () => ({ ok: detail === '', detail }),
  };
}
