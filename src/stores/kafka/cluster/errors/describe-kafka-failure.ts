import { ConnectionError, toConnectionError } from './connection-error.ts';
import { findErrorCode } from './kafka-answer-error.ts';
import { findErrorMeaning } from './kafka-errors.ts';

const adviceByFailureKind = {
  timeout: 'check KAFKA_BROKERS, and that no firewall between this client and the brokers drops packets',
  connection: 'check KAFKA_BROKERS, and that the brokers are running and reachable from this client',
  authentication:
    'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password, or the KAFKA_OAUTH_ variables',
  protocol:
    "check this client's permissions, and compare KAFKA_TLS and KAFKA_SASL_MECHANISM with the listener's settings",
} as const;

/** Describes a failure for the operator: the error, the affected brokers, and the remedy. */
export function describeKafkaFailure(error: unknown, brokers: readonly string[]): string {
  const connectionError = findConnectionError(error);
  if (connectionError === undefined && error instanceof Error && !error.name.startsWith('KafkaJS')) {
    return error.message;
  }
  const { reason } = toConnectionError(connectionError ?? error);
  const name = `Kafka (${brokers.join(', ')})`;
  const problem =
    reason === 'timeout' || reason === 'connection'
      ? `${name} is unavailable`
      : `${name} did not complete the request`;
  return `${problem}: ${describeConnectionError(connectionError ?? error)}`;
}

/** Describes why a connection to a broker failed and what the operator can do. */
export function describeConnectionError(error: unknown): string {
  const { reason, message, advice: ownAdvice } = toConnectionError(error);
  return `${message.replace(/\.$/, '')}: ${ownAdvice ?? findAdviceOfCode(error) ?? adviceByFailureKind[reason]}`;
}

/** Finds advice for an error that the broker returned, such as a failed login. */
function findAdviceOfCode(error: unknown): string | undefined {
  const code = findErrorCode(error);
  return code === undefined ? undefined : findErrorMeaning(code).advice;
}

/**
 * Describes a filter error for the operator, with advice. An error returned by a broker already includes the advice
 * in its message.
 */
export function describeProblem(error: unknown, brokers: readonly string[]): string {
  const cause = findConnectionError(error);
  if (cause !== undefined) {
    return `${describeKafkaFailure(cause, brokers)} (${cause.reason})`;
  }
  return error instanceof Error ? error.message : String(error);
}

/**
 * Finds the connection error among the causes of an error, because an outer "No broker responds" does not explain the
 * failure.
 */
function findConnectionError(error: unknown): ConnectionError | undefined {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof ConnectionError)) {
    ({ cause } = cause);
  }
  return cause instanceof ConnectionError ? cause : undefined;
}
