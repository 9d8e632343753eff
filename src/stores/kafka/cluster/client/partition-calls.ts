import type { ConnectionSet } from '../connection-set.ts';
import type { CoordinatorKind } from '../coordinators.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import { KafkaAnswerError, noErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import type { BrokerAddress } from '../kafkajs/broker-address.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { type RetryAnswersOptions, retryAnswers } from '../retry-answers.ts';

export type Destination =
  | { readonly topic: string; readonly partition: number }
  | { readonly coordinator: CoordinatorKind; readonly key: string }
  | 'controller';

/** Requests to the broker that is responsible, repeated while the answer says that nothing was done yet. */
export interface PartitionCalls {
  /**
   * @param check throws a `KafkaAnswerError` for an answer that is an error
   * @throws {ConnectionError} when the answer is missing
   */
  ask<T>(to: Destination, call: KafkaCall, check: (answer: unknown) => T): Promise<T>;
  /**
   * The same for requests that change nothing, or nothing more the second time: they are repeated after a missing answer
   * too.
   *
   * @param toCall a function is called for each attempt, because the request may depend on the leader
   */
  read<T>(
    to: Destination,
    toCall: KafkaCall | (() => Promise<KafkaCall>),
    check: (answer: unknown) => T,
  ): Promise<T>;
  supports(to: Destination, api: KafkaCall['api'], version: number): Promise<boolean>;
}

interface PartitionCallsDeps {
  readonly routes: Pick<KafkaRoutes, 'leaderOf' | 'coordinatorOf' | 'controllerOf' | 'forget'>;
  readonly connections: Pick<ConnectionSet, 'call' | 'supports'>;
  /** Who asks has ended: waits for nothing more, and asks nothing more. What was asked for may still be done. */
  readonly signal: AbortSignal;
  /** No new attempt after this: of `ask`, and of `read`. */
  readonly timeoutMs: number;
  readonly readTimeoutMs: number;
  /** Called for each failed attempt when the whole has taken long. */
  readonly onProblem: (error: Error) => void;
}

export function createPartitionCalls(deps: PartitionCallsDeps): PartitionCalls {
  const { routes, connections, signal, timeoutMs, readTimeoutMs } = deps;

  function findAddress(to: Destination): Promise<BrokerAddress> {
    if (to === 'controller') {
      return routes.controllerOf();
    }
    return 'topic' in to
      ? routes.leaderOf(to.topic, to.partition)
      : routes.coordinatorOf(to.coordinator, to.key);
  }

  async function send(to: Destination, call: KafkaCall): Promise<unknown> {
    const address = await findAddress(to);
    return beforeEnd(signal, () => connections.call(address, call));
  }

  function options(limitMs: number): RetryAnswersOptions {
    return { signal, onReroute: routes.forget, onSlow: deps.onProblem, timeoutMs: limitMs };
  }

  return {
    ask: (to, call, check) => retryAnswers(async () => check(await send(to, call)), options(timeoutMs)),
    read: (to, toCall, check) =>
      retryAnswers(async () => {
        const call = typeof toCall === 'function' ? await toCall() : toCall;
        // What `check` throws is not caught: an answer that cannot be read would be the same again.
        return check(await send(to, call).catch(toReroute));
      }, options(readTimeoutMs)),
    supports: (to, api, version) =>
      retryAnswers(async () => connections.supports(await findAddress(to), api, version), options(timeoutMs)),
  };
}

/** Nobody waits any more when the signal aborts. What was asked for goes on: a connection is not only the asker's. */
export function beforeEnd<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new ConnectionError('connection', 'the owner of this request has ended'));
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

function toReroute(error: unknown): never {
  throw error instanceof KafkaAnswerError
    ? error
    : new KafkaAnswerError('reroute', noErrorCode, 'The answer is missing', { cause: error });
}
