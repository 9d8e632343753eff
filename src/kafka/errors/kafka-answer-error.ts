import { formatKafkaError, type KafkaQuestion } from './format-kafka-error.ts';
import { type AnswerKind, errorCodes, findMeaning } from './kafka-errors.ts';

/** A broker's answer that is an error. What was asked for was not done; only with `fail` it may have been. */
export class KafkaAnswerError extends Error {
  readonly kind: AnswerKind;
  /** Kafka's protocol error code; −1 when the broker could not be asked at all. */
  readonly errorCode: number;

  constructor(kind: AnswerKind, errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KafkaAnswerError';
    this.kind = kind;
    this.errorCode = errorCode;
  }
}

/**
 * @param what was being done, for the message
 * @throws {KafkaAnswerError} unless the code is 0
 */
export function checkErrorCode(errorCode: number, what: string, asked: KafkaQuestion): void {
  if (errorCode !== 0) {
    throw new KafkaAnswerError(
      findMeaning(errorCode).kind ?? 'fail',
      errorCode,
      `${what}: ${formatKafkaError(errorCode, asked)}`,
    );
  }
}

/**
 * Adds to kafkajs's error of a broker what was asked, so that it names the missing right. Every other error is returned as
 * it is. Of a group only the right to Read is named, because it includes Describe.
 */
export function toAskedError(error: unknown, what: string, asked: KafkaQuestion): unknown {
  const errorCode = findErrorCode(error);
  // `describeKafkaFailure` has its own text for a topic that does not exist, with the variables to check.
  if (errorCode === undefined || errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    return error;
  }
  const isGroupDenied = errorCode === errorCodes.GROUP_AUTHORIZATION_FAILED;
  const question: KafkaQuestion = isGroupDenied ? { ...asked, api: 'JoinGroup' } : asked;
  return new KafkaAnswerError('fail', errorCode, `${what}: ${formatKafkaError(errorCode, question)}`, {
    cause: error,
  });
}

/** The broker's own code; `undefined` for errors that are not an answer of a broker. */
export function findErrorCode(error: unknown): number | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name.startsWith('KafkaJS') && 'code' in current && typeof current.code === 'number') {
      return current.code;
    }
  }
  return undefined;
}
