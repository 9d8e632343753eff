import { toError } from '../../runtime/to-error.ts';

/** Why a connection gave no answer. */
export type ConnectionErrorReason = 'timeout' | 'connection' | 'authentication' | 'protocol';

export class ConnectionError extends Error {
  readonly reason: ConnectionErrorReason;

  constructor(reason: ConnectionErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConnectionError';
    this.reason = reason;
  }
}

/** From whatever kafkajs threw. Errors such as that of exhausted retries have the real one as their cause. */
export function toConnectionError(error: unknown): ConnectionError {
  if (error instanceof ConnectionError) {
    return error;
  }
  const root = rootCause(error);
  return new ConnectionError(reasons[root.name] ?? 'protocol', root.message, { cause: error });
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
