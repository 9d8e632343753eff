import type { LaneFailure } from '../append/lane-connection.ts';
import { describeError } from '../runtime/describe-error.ts';

/** Why RabbitMQ did not do something. The message is for a person. */
export class RabbitMqError extends Error {
  readonly reason: LaneFailure;

  constructor(reason: LaneFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RabbitMqError';
    this.reason = reason;
  }
}

/** Of AMQP 0-9-1. */
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

export function toRabbitMqError(error: unknown): RabbitMqError {
  return error instanceof RabbitMqError
    ? error
    : new RabbitMqError('protocol', readReplyText(error), { cause: error });
}
