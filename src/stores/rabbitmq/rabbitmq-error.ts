import { formatRabbitMqAddress, type RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import { describeError, hasCode } from '../../runtime/errors.ts';
import { isTlsRefusal } from '../../runtime/tls-failure.ts';
import { findReachAdvice } from '../append/find-reach-advice.ts';
import type { LaneFailure } from '../append/lane-store.ts';

/** Why RabbitMQ did not do something. The message is for a person. */
export class RabbitMqError extends Error {
  readonly reason: LaneFailure;

  constructor(reason: LaneFailure, message: string, options?: ErrorOptions) {
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

/** The code of the server's reply. amqplib keeps it in a field, or in the text only. */
export function readReplyCode(error: unknown): number | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number') {
    return error.code;
  }
  const [, code] = /\b(\d{3}) \([A-Z-]+\)/.exec(describeError(error)) ?? [];
  return code === undefined ? undefined : Number(code);
}

/** What the server said, without what amqplib puts around it. */
export function readReplyText(error: unknown): string {
  const text = describeError(error);
  const [, reply] = /with message "(.*)"$/s.exec(text) ?? [];
  return reply ?? text;
}

/** @param reason of an error that has none */
export function toRabbitMqError(error: unknown, reason: LaneFailure = 'protocol'): RabbitMqError {
  return error instanceof RabbitMqError
    ? error
    : new RabbitMqError(reason, readReplyText(error), { cause: error });
}

/** Whether the next attempt fails in the same way: a user, a right, a name or a certificate has to change. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof RabbitMqError)) {
    return false;
  }
  const { accessRefused, notFound } = replyCodes;
  const code = readReplyCode(error.cause);
  // A virtual host that has too many connections takes one more when another ends.
  const isRefused = error.reason === 'authentication' && !/\blimit\b/.test(error.message);
  return isRefused || code === accessRefused || code === notFound || isTlsRefusal(error);
}

/** Names what an operator can do something about. @param closeText the server's words when it closed the connection */
export function toConnectError(
  error: unknown,
  address: RabbitMqAddress,
  closeText: string | undefined,
): RabbitMqError {
  const where = formatRabbitMqAddress(address);
  const user = JSON.stringify(address.username);
  if (error instanceof RabbitMqError) {
    return new RabbitMqError(error.reason, `${where}: ${error.message}`, { cause: error });
  }
  if (readReplyCode(error) === replyCodes.accessRefused) {
    const message = `${where} refused the login of ${user}: ${readReplyText(error)}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  if (String(error).includes('Expected ConnectionOpenOk')) {
    // RabbitMQ says whether it does not exist, the user has no right to it, or it has no connection left.
    const message = `${where} did not open the virtual host ${JSON.stringify(address.virtualHost)} to ${user}: ${closeText ?? 'no reason was given'}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  const isCut = hasCode(error, 'ECONNRESET') || String(error).includes('closed abruptly');
  const hint = isCut ? 'does the port speak TLS, or not?' : findReachAdvice(error, 'RABBITMQ');
  const text = [readReplyText(error), hint].filter((part) => part !== undefined).join('; ');
  return new RabbitMqError('connection', `${where}: ${text}`, { cause: error });
}
