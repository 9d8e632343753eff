import type { Logger } from '../runtime/logger.ts';
import type { ConnectionSet } from './connection-set.ts';
import { KafkaAnswerError } from './kafka-answer-error.ts';
import type { KafkaCall } from './kafka-connection.ts';
import type { CoordinatorKind, KafkaRoutes } from './kafka-routes.ts';
import { type RetryAnswersOptions, retryAnswers } from './retry-answers.ts';

export type Destination =
  | { readonly topic: string; readonly partition: number }
  | { readonly coordinator: CoordinatorKind; readonly key: string };

/** Requests to whichever broker is responsible, repeated while the answer is that nothing was done yet. */
export interface PartitionCalls {
  /**
   * @param check throws a `KafkaAnswerError` for an answer that is an error
   * @throws {LinkError} when the answer is missing
   */
  ask<T>(to: Destination, call: KafkaCall, check: (answer: unknown) => T): Promise<T>;
  /** The same for requests that change nothing: a missing answer is asked for again as well. */
  read<T>(to: Destination, call: KafkaCall, check: (answer: unknown) => T): Promise<T>;
}

interface PartitionCallsDeps {
  readonly routes: KafkaRoutes;
  readonly connections: ConnectionSet;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

export function createPartitionCalls(deps: PartitionCallsDeps): PartitionCalls {
  const { routes, connections, signal, timeoutMs, logger } = deps;

  async function once<T>(to: Destination, call: KafkaCall, check: (answer: unknown) => T): Promise<T> {
    const address =
      'topic' in to
        ? await routes.leaderOf(to.topic, to.partition)
        : await routes.coordinatorOf(to.coordinator, to.key);
    return check(await connections.call(address, call));
  }

  function optionsFor(to: Destination, { api }: KafkaCall, limitMs: number): RetryAnswersOptions {
    return {
      signal,
      onReroute: routes.forget,
      onSlow: ({ message }) => logger.warn({ ...to, api, reason: message }, 'kafka keeps the filter waiting'),
      timeoutMs: limitMs,
    };
  }

  return {
    ask: (to, call, check) => retryAnswers(() => once(to, call, check), optionsFor(to, call, timeoutMs)),
    read: (to, call, check) =>
      retryAnswers(
        () => once(to, call, check).catch(toReroute),
        optionsFor(to, call, Number.POSITIVE_INFINITY),
      ),
  };
}

function toReroute(error: unknown): never {
  throw error instanceof KafkaAnswerError
    ? error
    : new KafkaAnswerError('reroute', -1, 'The answer is missing', { cause: error });
}
