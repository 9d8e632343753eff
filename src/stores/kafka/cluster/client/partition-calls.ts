import type { ConnectionSet } from '../connection-set.ts';
import type { CoordinatorKind } from '../coordinators.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import { KafkaAnswerError, unknownErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { type RetryOnErrorAnswerOptions, retryOnErrorAnswer } from '../retry-on-error-answer.ts';

export type PartitionDestination =
  | { readonly topic: string; readonly partition: number }
  | { readonly coordinator: CoordinatorKind; readonly key: string }
  | 'controller';

/**
 * Sends requests to the responsible broker. A request is repeated while the broker reports that it has not processed
 * the request.
 */
export interface PartitionCalls {
  /**
   * Sends a request that changes state.
   *
   * @param check converts the response, and throws a `KafkaAnswerError` if the response contains an error
   * @throws {ConnectionError} if no response arrives
   */
  ask<T>(to: PartitionDestination, call: KafkaCall, check: (answer: unknown) => T): Promise<T>;
  /**
   * Sends a request that reads data or is idempotent. The request is also repeated if no response arrives.
   *
   * @param toCall the request, or a function that builds the request for each attempt because the request depends on
   * the leader
   */
  read<T>(
    to: PartitionDestination,
    toCall: KafkaCall | (() => Promise<KafkaCall>),
    check: (answer: unknown) => T,
  ): Promise<T>;
  supports(to: PartitionDestination, api: KafkaCall['api'], version: number): Promise<boolean>;
}

interface PartitionCallsDeps {
  readonly routes: Pick<KafkaRoutes, 'leaderOf' | 'coordinatorOf' | 'controllerOf' | 'forget'>;
  readonly connections: Pick<ConnectionSet, 'call' | 'supports'>;
  /** Aborts all waits and prevents new requests. A request that was already sent may still be processed. */
  readonly signal: AbortSignal;
  /** Time in milliseconds after which `ask` starts no new attempt. `readTimeoutMs` is the corresponding time for `read`. */
  readonly timeoutMs: number;
  readonly readTimeoutMs: number;
  /** Called for each failed attempt after retries have continued for a long time. */
  readonly onProblem: (error: Error) => void;
}

export function createPartitionCalls(deps: PartitionCallsDeps): PartitionCalls {
  const { routes, connections, signal, timeoutMs, readTimeoutMs } = deps;

  function findAddress(to: PartitionDestination): Promise<BrokerAddress> {
    if (to === 'controller') {
      return routes.controllerOf();
    }
    return 'topic' in to
      ? routes.leaderOf(to.topic, to.partition)
      : routes.coordinatorOf(to.coordinator, to.key);
  }

  async function sendCall(to: PartitionDestination, call: KafkaCall): Promise<unknown> {
    const address = await findAddress(to);
    return callUntilAborted(signal, () => connections.call(address, call));
  }

  function options(limitMs: number): RetryOnErrorAnswerOptions {
    return { signal, onReroute: routes.forget, onSlow: deps.onProblem, timeoutMs: limitMs };
  }

  return {
    ask: (to, call, check) =>
      retryOnErrorAnswer(async () => check(await sendCall(to, call)), options(timeoutMs)),
    read: (to, toCall, check) =>
      retryOnErrorAnswer(async () => {
        const call = typeof toCall === 'function' ? await toCall() : toCall;
        // An error thrown by `check` is not caught, because a repeated request would return the same unreadable
        // response.
        return check(await sendCall(to, call).catch(throwAsReroute));
      }, options(readTimeoutMs)),
    supports: (to, api, version) =>
      retryOnErrorAnswer(
        async () => connections.supports(await findAddress(to), api, version),
        options(timeoutMs),
      ),
  };
}

/** Waits for a request until the signal aborts. The request itself continues, because its connection is shared. */
export function callUntilAborted<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new ConnectionError('connection', 'the request was cancelled'));
    if (signal.aborted) {
      end();
      return;
    }
    signal.addEventListener('abort', end);
    void ask()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', end));
  });
}

function throwAsReroute(error: unknown): never {
  throw error instanceof KafkaAnswerError
    ? error
    : new KafkaAnswerError('reroute', unknownErrorCode, 'The broker did not respond', { cause: error });
}
