import { ConnectionError, toConnectionError } from './connection-error.ts';
import { findErrorCode } from './kafka-answer-error.ts';
import { findMeaning } from './kafka-errors.ts';

const advice = {
  timeout: 'check KAFKA_BROKERS, and that nothing between here and there drops the connection',
  connection: 'check KAFKA_BROKERS, and that the brokers run and can be reached from here',
  authentication:
    'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password, or the KAFKA_OAUTH_ variables',
  protocol: 'check the rights of this client, and KAFKA_TLS and KAFKA_SASL_MECHANISM against the listener',
} as const;

/** What went wrong with Kafka, as sentences for the operator: what happened, with which brokers, what to do. */
export function describeKafkaFailure(error: unknown, brokers: readonly string[]): string {
  const connectionError = findConnectionError(error);
  if (connectionError === undefined && error instanceof Error && !error.name.startsWith('KafkaJS')) {
    return error.message;
  }
  return `Kafka (${brokers.join(', ')}) does not do what was asked: ${describeConnectionError(connectionError ?? error)}`;
}

/** Why a connection to one broker failed, and what to do. */
export function describeConnectionError(error: unknown): string {
  const { reason, message, advice: ownAdvice } = toConnectionError(error);
  return `${message.replace(/\.$/, '')}: ${ownAdvice ?? findAdviceOfCode(error) ?? advice[reason]}`;
}

/** For an error of the broker, such as one that ends a login. */
function findAdviceOfCode(error: unknown): string | undefined {
  const code = findErrorCode(error);
  return code === undefined ? undefined : findMeaning(code).advice;
}

/** An error of the filter, for the operator: what it was, and what to do. The message of a broker's error says both already. */
export function describeProblem(error: unknown, brokers: readonly string[]): string {
  const cause = findConnectionError(error);
  if (cause !== undefined) {
    return `${describeKafkaFailure(cause, brokers)} (${cause.reason})`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The connection that made an error: "No broker answers" does not say why. */
function findConnectionError(error: unknown): ConnectionError | undefined {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof ConnectionError)) {
    ({ cause } = cause);
  }
  return cause instanceof ConnectionError ? cause : undefined;
}
