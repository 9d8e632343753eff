import { formatRabbitMqAddress, type RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import { describeError, hasCode } from '../../runtime/errors.ts';
import { isTlsRefusal } from '../../runtime/tls-failure.ts';
import { findReachabilityAdvice } from '../append/find-reachability-advice.ts';
import type { LaneFailure } from '../append/lane-store.ts';

/** Reason for an error. `answer_check` does not apply to RabbitMQ, because each message has its own confirm. */
export type RabbitMqFailure = Exclude<LaneFailure, 'answer_check'>;

/** An error of RabbitMQ or of the connection to RabbitMQ, with a human-readable message. */
export class RabbitMqError extends Error {
  readonly reason: RabbitMqFailure;

  constructor(reason: RabbitMqFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RabbitMqError';
    this.reason = reason;
  }
}

/** @see AMQP 0-9-1, 1.2 "Protocol constants". */
export const replyCodes = {
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
} as const;

/** Returns the reply code from the server, which amqplib stores either in a field or only in the message. */
export function readReplyCode(error: unknown): number | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number') {
    return error.code;
  }
  const [, code] = /\b(\d{3}) \([A-Z-]+\)/.exec(describeError(error)) ?? [];
  return code === undefined ? undefined : Number(code);
}

/** Returns the reply text from the server without the words that amqplib adds. */
export function readReplyText(error: unknown): string {
  const text = describeError(error);
  const [, reply] = /with message "(.*)"$/s.exec(text) ?? [];
  return reply ?? text;
}

/**
 * Converts any error to a RabbitMqError.
 *
 * @param reason reason to use for an error that is not a RabbitMqError
 */
export function toRabbitMqError(error: unknown, reason: RabbitMqFailure = 'protocol'): RabbitMqError {
  return error instanceof RabbitMqError
    ? error
    : new RabbitMqError(reason, readReplyText(error), { cause: error });
}

/** Returns whether reconnecting is useless until a user, a permission, a name or a certificate changes. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof RabbitMqError)) {
    return false;
  }
  const { accessRefused, notFound } = replyCodes;
  const code = readReplyCode(error.cause);
  // This error is not final, because a virtual host at its connection limit accepts a connection after another one
  // ends.
  const isConnectionRefused = error.reason === 'authentication' && !/\blimit\b/.test(error.message);
  return isConnectionRefused || code === accessRefused || code === notFound || isTlsRefusal(error);
}

/** Converts a connection error and adds advice. @param closeText text of the server's connection.close method, if any */
export function toConnectError(
  error: unknown,
  address: RabbitMqAddress,
  closeText: string | undefined,
): RabbitMqError {
  const serverAddress = formatRabbitMqAddress(address);
  const user = JSON.stringify(address.username);
  if (error instanceof RabbitMqError) {
    return new RabbitMqError(error.reason, `${serverAddress}: ${error.message}`, { cause: error });
  }
  if (readReplyCode(error) === replyCodes.accessRefused) {
    const message = `${serverAddress} rejected the login of ${user}: ${readReplyText(error)}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  if (String(error).includes('Expected ConnectionOpenOk')) {
    // The text from RabbitMQ names the cause: the virtual host is missing, the user lacks permission, or the
    // connection limit is reached.
    const message = `${serverAddress} did not open the virtual host ${JSON.stringify(address.virtualHost)} for ${user}: ${closeText ?? 'the server gave no reason'}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  const wasConnectionAborted = hasCode(error, 'ECONNRESET') || String(error).includes('closed abruptly');
  const hint = wasConnectionAborted
    ? 'check whether the port requires TLS: use amqps:// with TLS, or amqp:// without TLS'
    : findReachabilityAdvice(error, 'RABBITMQ');
  const text = [readReplyText(error), hint].filter((part) => part !== undefined).join('; ');
  return new RabbitMqError('connection', `${serverAddress}: ${text}`, { cause: error });
}
