import { toError } from '../../runtime/errors.ts';

/** Why a connection gave no answer. */
export type ConnectionErrorReason = 'timeout' | 'connection' | 'authentication' | 'protocol';

interface ConnectionErrorOptions extends ErrorOptions {
  readonly advice?: string | undefined;
}

export class ConnectionError extends Error {
  readonly reason: ConnectionErrorReason;
  /** What to check, when the failure tells more than its reason. */
  readonly advice: string | undefined;

  constructor(reason: ConnectionErrorReason, message: string, options?: ConnectionErrorOptions) {
    super(message, options);
    this.name = 'ConnectionError';
    this.reason = reason;
    this.advice = options?.advice;
  }
}

/** From whatever kafkajs threw. Errors such as that of exhausted retries have the real one as their cause. */
export function toConnectionError(error: unknown, advice?: string): ConnectionError {
  if (error instanceof ConnectionError) {
    return advice === undefined
      ? error
      : new ConnectionError(error.reason, error.message, { cause: error, advice });
  }
  const root = rootCause(error);
  return new ConnectionError(reasons[root.name] ?? 'protocol', root.message, { cause: error, advice });
}

const reasons: Readonly<Record<string, ConnectionErrorReason>> = {
  KafkaJSRequestTimeoutError: 'timeout',
  KafkaJSLockTimeout: 'timeout',
  KafkaJSConnectionError: 'connection',
  KafkaJSConnectionClosedError: 'connection',
  KafkaJSSASLAuthenticationError: 'authentication',
};

function rootCause(error: unknown): Error {
  let current = toError(error);
  while (current.cause instanceof Error && current.cause !== current) {
    current = current.cause;
  }
  return current;
}
