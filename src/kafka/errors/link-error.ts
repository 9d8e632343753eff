/** Why a link gave no answer. */
export type LinkErrorCause = 'timeout' | 'connection' | 'authentication' | 'protocol';

export class LinkError extends Error {
  readonly reason: LinkErrorCause;

  constructor(reason: LinkErrorCause, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LinkError';
    this.reason = reason;
  }
}

/** From whatever kafkajs threw; exhausted retries and the like hide the real error as their cause. */
export function toLinkError(error: unknown): LinkError {
  if (error instanceof LinkError) {
    return error;
  }
  const root = rootCause(error);
  return new LinkError(reasons[root.name] ?? 'protocol', root.message, { cause: error });
}

const reasons: Readonly<Record<string, LinkErrorCause>> = {
  KafkaJSRequestTimeoutError: 'timeout',
  KafkaJSLockTimeout: 'timeout',
  KafkaJSConnectionError: 'connection',
  KafkaJSConnectionClosedError: 'connection',
  KafkaJSSASLAuthenticationError: 'authentication',
};

function rootCause(error: unknown): Error {
  let current = error instanceof Error ? error : new Error(String(error));
  while (current.cause instanceof Error && current.cause !== current) {
    current = current.cause;
  }
  return current;
}
